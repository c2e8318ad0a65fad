"""Routes of passkeys: the second step of a sign-in by one, and one's own passkeys.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside a router.
"""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from core.routes import RoomRouter
from identity.account.http import Password
from identity.account.own import AccountOwner
from identity.account.service import AccountService
from identity.http import CurrentUser, SessionAnswer, SessionResponses
from identity.passkeys.service import LONGEST_NAME, PasskeyChallenge
from identity.passkeys.store import Passkey
from identity.service import IdentityService


class SignInTicket(BaseModel):
    """What the first step of the sign-in answered."""

    ticket: str = Field(max_length=1_000)


class PasskeyRegistration(BaseModel):
    """Of a new passkey."""

    clientDataJSON: str = Field(max_length=2_000)  # noqa: N815  # WebAuthn's name
    attestationObject: str = Field(max_length=6_000)  # noqa: N815


class Signed(BaseModel):
    """By a passkey."""

    clientDataJSON: str = Field(max_length=2_000)  # noqa: N815  # WebAuthn's name
    authenticatorData: str = Field(max_length=1_000)  # noqa: N815
    signature: str = Field(max_length=1_000)
    userHandle: str | None = Field(default=None, max_length=100)  # noqa: N815


class Credential(BaseModel):
    """As the browser gives it (`PublicKeyCredential.toJSON()`), in base64url."""

    id: str = Field(max_length=1_400)
    rawId: str = Field(max_length=1_400)  # noqa: N815  # WebAuthn's name
    type: Literal["public-key"]


class MadeCredential(Credential):
    response: PasskeyRegistration


class SignedCredential(Credential):
    response: Signed


class PasskeyProof(BaseModel):
    """`challenge` as it was told."""

    ticket: str = Field(max_length=1_000)
    challenge: str = Field(max_length=1_000)
    credential: SignedCredential


class NewPasskey(BaseModel):
    """`challenge` as it was told."""

    challenge: str = Field(max_length=1_000)
    credential: MadeCredential
    name: str = Field(max_length=2 * LONGEST_NAME)


class PasskeyView(BaseModel):
    passkey_id: str
    name: str
    made_at: datetime
    used_at: datetime | None


class PasskeyList(BaseModel):
    """`available`: this centre takes passkeys."""

    passkeys: list[PasskeyView]
    available: bool


class AddedPasskey(PasskeyView):
    """`recovery_codes` with the first factor alone, told this once."""

    recovery_codes: list[str]


def router(identity: IdentityService, current: CurrentUser, answers: SessionResponses) -> APIRouter:
    """Of the second step."""
    routes = RoomRouter(tags=["identity"])

    @routes.post("/session/passkey/begin")
    async def ask(body: SignInTicket) -> PasskeyChallenge:
        """What the browser asks the device for."""
        return await identity.signing_in.ask_passkey(body.ticket)

    @routes.post("/session/passkey")
    async def second_step(body: PasskeyProof, request: Request, response: Response) -> SessionAnswer:
        origin = current.origin(request)
        token, session = await identity.signing_in.by_passkey(
            body.ticket, body.challenge, body.credential.model_dump(), origin
        )
        return await answers.opened(request, response, origin, token, session)

    return routes


def router_of_own(account: AccountService, current: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["account"])
    Mine = Annotated[AccountOwner, Depends(current.own)]  # noqa: N806  # a type

    @routes.get("/account/passkeys")
    async def own_passkeys(own: Mine) -> PasskeyList:
        found = [_view(one) for one in await account.passkeys(own)]
        return PasskeyList(passkeys=found, available=account.has_passkeys)

    @routes.post("/account/passkeys/begin")
    async def begin(body: Password, own: Mine) -> PasskeyChallenge:
        """What the browser asks the device for."""
        return await account.ask_passkey(own, body.password)

    @routes.post("/account/passkeys", status_code=201)
    async def add(body: NewPasskey, own: Mine) -> AddedPasskey:
        made, codes = await account.add_passkey(own, body.challenge, body.credential.model_dump(), body.name)
        return AddedPasskey(**_view(made).model_dump(), recovery_codes=codes)

    @routes.post("/account/passkeys/{passkey_id}/remove", status_code=204)
    async def remove(passkey_id: str, body: Password, own: Mine) -> None:
        await account.remove_passkey(own, body.password, passkey_id)

    return routes


def _view(one: Passkey) -> PasskeyView:
    return PasskeyView(passkey_id=one.passkey_id, name=one.name, made_at=one.made_at, used_at=one.used_at)
