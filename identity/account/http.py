"""Routes of one's own account, and of what an administrator does with another's.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside `router`.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from core.actor import Actor
from core.routes import RoomRouter
from identity import rights
from identity.account.own import AccountOwner
from identity.account.service import AccountService, SessionView
from identity.http import CurrentUser, UserView, user_view
from identity.second.service import Enrolment


class Password(BaseModel):
    """The own password, once more."""

    password: str = Field(max_length=256)


class NewPassword(BaseModel):
    old: str = Field(max_length=256)
    new: str = Field(max_length=256)


class FirstCode(BaseModel):
    """What the app shows for the new secret."""

    code: str = Field(max_length=60)


class PasswordAndCode(Password):
    """`code` is the app's or a recovery code."""

    code: str = Field(max_length=60)


class SecondFactorView(BaseModel):
    """`on`: codes of an app are asked for, `since` when; `required` by the role of the person."""

    on: bool
    passkeys: int
    since: datetime | None
    recovery_codes_left: int
    required: bool


class OwnAccount(BaseModel):
    user: UserView
    second_factor: SecondFactorView


class SessionEnd(BaseModel):
    expires_at: datetime


class RecoveryCodes(BaseModel):
    """Told this once."""

    recovery_codes: list[str]


class SessionList(BaseModel):
    sessions: list[SessionView]


class EndedSessions(BaseModel):
    """How many."""

    ended: int


SessionId = Annotated[str, Field(max_length=64)]


class EndSessionsRequest(Password):
    """`sessions` are ids; without them all sessions but this one end."""

    sessions: list[SessionId] | None = Field(default=None, max_length=200)


def router(account: AccountService, current: CurrentUser) -> APIRouter:
    """Of one's own account."""
    routes = RoomRouter(tags=["account"])
    Mine = Annotated[AccountOwner, Depends(current.own)]  # noqa: N806  # a type

    @routes.get("/account")
    async def own_account(own: Mine) -> OwnAccount:
        standing = await account.standing(own)
        return OwnAccount(
            user=user_view(own.user),
            second_factor=SecondFactorView(
                on=standing.since is not None,
                passkeys=standing.passkeys,
                since=standing.since,
                recovery_codes_left=standing.codes_left,
                required=account.needs_second_factor(own.user),
            ),
        )

    @routes.post("/account/password")
    async def change_password(
        body: NewPassword, own: Mine, request: Request, response: Response
    ) -> SessionEnd:
        """All sessions end; this one goes on under a new cookie."""
        token, session = await account.change_password(own, body.old, body.new)
        current.cookies.set_session(request, response, token)
        return SessionEnd(expires_at=session.expires_at)

    @routes.post("/account/second-factor")
    async def begin_second_factor(body: Password, own: Mine) -> Enrolment:
        """`{secret, uri, picture: {size, path}}`: the QR code as one SVG path. Counts once confirmed."""
        return await account.begin_second_factor(own, body.password)

    @routes.post("/account/second-factor/confirm")
    async def confirm_second_factor(body: FirstCode, own: Mine) -> RecoveryCodes:
        """The other sessions end."""
        return RecoveryCodes(recovery_codes=await account.confirm_second_factor(own, body.code))

    @routes.post("/account/second-factor/remove", status_code=204)
    async def remove_second_factor(body: PasswordAndCode, own: Mine) -> None:
        await account.remove_second_factor(own, body.password, body.code)

    @routes.post("/account/recovery-codes")
    async def renew_recovery_codes(body: PasswordAndCode, own: Mine) -> RecoveryCodes:
        """In place of all earlier ones."""
        codes = await account.renew_recovery_codes(own, body.password, body.code)
        return RecoveryCodes(recovery_codes=codes)

    @routes.get("/account/sessions")
    async def own_sessions(own: Mine) -> SessionList:
        return SessionList(sessions=await account.sessions(own.user.id, own.token))

    @routes.post("/account/sessions/end")
    async def end_sessions(body: EndSessionsRequest, own: Mine) -> EndedSessions:
        return EndedSessions(ended=await account.end_sessions(own, body.password, body.sessions))

    return routes


def router_of_others(account: AccountService, current: CurrentUser) -> APIRouter:
    """Of what an administrator does with another's account."""
    routes = RoomRouter(tags=["account"])
    Admin = Annotated[Actor, Depends(current)]  # noqa: N806  # a type

    @routes.post("/users/{user_id}/second-factor/reset", status_code=204)
    async def reset_second_factor(user_id: str, actor: Admin) -> None:
        rights.ACCOUNTS.check(actor)
        await account.reset_second_factor(actor, user_id)

    @routes.get("/users/{user_id}/sessions")
    async def sessions_of(user_id: str, actor: Admin) -> SessionList:
        rights.ACCOUNTS.check(actor)
        return SessionList(sessions=await account.sessions(user_id))

    @routes.post("/users/{user_id}/sessions/end")
    async def end_sessions_of(user_id: str, actor: Admin) -> EndedSessions:
        rights.ACCOUNTS.check(actor)
        return EndedSessions(ended=await account.end_all_sessions(actor, user_id))

    return routes
