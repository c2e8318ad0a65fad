"""Routes of one's own account, and of what an administrator does with another's.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside `router`.
"""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from core.actor import Actor
from identity import rights
from identity.account.own import Own
from identity.account.service import Account
from identity.http import CurrentUser


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


SessionId = Annotated[str, Field(max_length=64)]


class Ended(Password):
    """`sessions` are ids; without them all sessions but this one end."""

    sessions: list[SessionId] | None = Field(default=None, max_length=200)


def router(account: Account, current: CurrentUser) -> APIRouter:
    """Of one's own account."""
    routes = APIRouter(tags=["account"])
    Mine = Annotated[Own, Depends(current.own)]  # noqa: N806  # a type

    @routes.get("/account")
    async def own_account(own: Mine) -> dict[str, Any]:
        standing = await account.standing(own)
        return {
            "user": {"id": own.user.id, "name": own.user.name, "roles": sorted(own.user.roles)},
            "second_factor": {
                "on": standing.since is not None,
                "passkeys": standing.passkeys,
                "since": standing.since.isoformat() if standing.since else None,
                "recovery_codes_left": standing.codes_left,
                "required": account.needs_second_factor(own.user),
            },
        }

    @routes.post("/account/password")
    async def change_password(
        body: NewPassword, own: Mine, request: Request, response: Response
    ) -> dict[str, Any]:
        """All sessions end; this one goes on under a new cookie."""
        token, session = await account.change_password(own, body.old, body.new)
        current.cookies.set_session(request, response, token)
        return {"expires_at": session.expires_at.isoformat()}

    @routes.post("/account/second-factor")
    async def begin_second_factor(body: Password, own: Mine) -> dict[str, Any]:
        """`{secret, uri, picture: {size, path}}`: the QR code as one SVG path. Counts once confirmed."""
        return asdict(await account.begin_second_factor(own, body.password))

    @routes.post("/account/second-factor/confirm")
    async def confirm_second_factor(body: FirstCode, own: Mine) -> dict[str, Any]:
        """`{recovery_codes}`: told this once. The other sessions end."""
        return {"recovery_codes": await account.confirm_second_factor(own, body.code)}

    @routes.post("/account/second-factor/remove", status_code=204)
    async def remove_second_factor(body: PasswordAndCode, own: Mine) -> None:
        await account.remove_second_factor(own, body.password, body.code)

    @routes.post("/account/recovery-codes")
    async def renew_recovery_codes(body: PasswordAndCode, own: Mine) -> dict[str, Any]:
        """`{recovery_codes}` in place of all earlier ones."""
        return {"recovery_codes": await account.renew_recovery_codes(own, body.password, body.code)}

    @routes.get("/account/sessions")
    async def own_sessions(own: Mine) -> dict[str, Any]:
        return {"sessions": [asdict(one) for one in await account.sessions(own.user.id, own.token)]}

    @routes.post("/account/sessions/end")
    async def end_sessions(body: Ended, own: Mine) -> dict[str, Any]:
        """`{ended}`: how many."""
        return {"ended": await account.end_sessions(own, body.password, body.sessions)}

    return routes


def router_of_others(account: Account, current: CurrentUser) -> APIRouter:
    """Of what an administrator does with another's account."""
    routes = APIRouter(tags=["account"])
    Admin = Annotated[Actor, Depends(current)]  # noqa: N806  # a type

    @routes.post("/users/{user_id}/second-factor/reset", status_code=204)
    async def reset_second_factor(user_id: str, actor: Admin) -> None:
        rights.ACCOUNTS.check(actor)
        await account.reset_second_factor(actor, user_id)

    @routes.get("/users/{user_id}/sessions")
    async def sessions_of(user_id: str, actor: Admin) -> dict[str, Any]:
        rights.ACCOUNTS.check(actor)
        return {"sessions": [asdict(one) for one in await account.sessions(user_id)]}

    @routes.post("/users/{user_id}/sessions/end")
    async def end_sessions_of(user_id: str, actor: Admin) -> dict[str, Any]:
        rights.ACCOUNTS.check(actor)
        return {"ended": await account.end_all_sessions(actor, user_id)}

    return routes
