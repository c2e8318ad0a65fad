"""Routes of API tokens: one's own, and, for administrators, everybody's.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside a router.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from core.actor import Actor, Role
from core.routes import RoomRouter
from identity import rights
from identity.account.own import AccountOwner
from identity.errors import TokensByAdmins
from identity.http import CurrentUser
from identity.model import check_scopes
from identity.service import IdentityService
from identity.tokens.model import LONGEST_NAME, MOST_OPERATIONS, ApiToken, WantedToken
from identity.tokens.settings import TokenSettings

ScopeNames = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=20)]


class NewToken(BaseModel):
    """`password` is that of who asks. Without `roles` the token has all of its owner's; `operations` are
    `METHOD /path` as in docs/rights.md, or `METHOD *`; without any it may do all that its roles may.
    """

    password: str = Field(max_length=256)
    name: str = Field(max_length=2 * LONGEST_NAME)
    roles: list[Role] = Field(default=[], max_length=20)
    scopes: dict[str, ScopeNames] = Field(default={}, max_length=4)
    operations: list[Annotated[str, Field(max_length=120)]] = Field(default=[], max_length=MOST_OPERATIONS)
    days: int | None = Field(default=None, ge=1, le=365)

    def wanted(self, user_id: str) -> WantedToken:
        """Raises `BadScope`."""
        scopes = check_scopes(self.scopes)
        return WantedToken(
            user_id, self.name, frozenset(self.roles), scopes, tuple(self.operations), self.days
        )


class NewTokenOf(NewToken):
    """`user` is whom the token acts for."""

    user: str = Field(max_length=63)


class TokenView(BaseModel):
    """What people see of a token; never the token itself. It acts for `user`; without `operations` it may do
    all that its roles may. `address` is where it was used last.
    """

    token_id: str
    user: str
    name: str
    roles: list[Role]
    scopes: dict[str, list[str]]
    operations: list[str]
    made_at: datetime
    made_by: str
    expires_at: datetime
    used_at: datetime | None
    address: str
    revoked_at: datetime | None


class TokenList(BaseModel):
    tokens: list[TokenView]


class OwnTokens(TokenList):
    """`longest_days`: for so long a token may be valid."""

    may_make: bool
    longest_days: int


class MadeToken(TokenView):
    """`secret` is told this once."""

    secret: str


def view(token: ApiToken) -> TokenView:
    """The answer for a token, without its secret."""
    return TokenView(
        token_id=token.token_id,
        user=token.user_id,
        name=token.name,
        roles=sorted(token.roles),
        scopes=token.scopes.as_lists(),
        operations=list(token.operations),
        made_at=token.made_at,
        made_by=token.made_by,
        expires_at=token.expires_at,
        used_at=token.used_at,
        address=token.address,
        revoked_at=token.revoked_at,
    )


def _made(secret: str, token: ApiToken) -> MadeToken:
    return MadeToken(**view(token).model_dump(), secret=secret)


def router_of_own(
    identity: IdentityService, operations: Collection[str], current: CurrentUser, settings: TokenSettings
) -> APIRouter:
    routes = RoomRouter(tags=["tokens"])
    Mine = Annotated[AccountOwner, Depends(current.own)]  # noqa: N806  # a type

    @routes.get("/account/tokens")
    async def own_tokens(own: Mine) -> OwnTokens:
        found = [view(one) for one in await identity.tokens.listed(own.user.id)]
        return OwnTokens(tokens=found, may_make=settings.own, longest_days=settings.longest_days)

    @routes.post("/account/tokens", status_code=201)
    async def make_own_token(body: NewToken, own: Mine) -> MadeToken:
        if not settings.own:
            raise TokensByAdmins(remedy="ask an administrator, who may set identity.tokens.own")
        # Who has still to set up the second factor that the role asks for makes nothing that needs none.
        await identity.session(own.token, own.origin.address)
        await identity.signing_in.prove(own.user, body.password, own.origin, own.token)
        secret, token = await identity.tokens.make(own.user.actor(), body.wanted(own.user.id), operations)
        return _made(secret, token)

    @routes.post("/account/tokens/{token_id}/revoke", status_code=204)
    async def revoke_own_token(token_id: str, own: Mine) -> Response:
        await identity.tokens.revoke(own.user.actor(), [token_id], owner=own.user.id)
        identity.forget_sessions()
        return Response(status_code=204)

    return routes


def router(identity: IdentityService, operations: Collection[str], current: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["tokens"])
    Admin = Annotated[Actor, Depends(current)]  # noqa: N806  # a type

    @routes.get("/tokens")
    async def list_tokens(actor: Admin) -> TokenList:
        rights.TOKENS.check(actor)
        return TokenList(tokens=[view(one) for one in await identity.tokens.listed()])

    @routes.post("/tokens", status_code=201)
    async def make_token(body: NewTokenOf, own: Annotated[AccountOwner, Depends(current.own)]) -> MadeToken:
        rights.TOKENS.check(own.user.actor())
        await identity.signing_in.prove(own.user, body.password, own.origin, own.token)
        secret, token = await identity.tokens.make(own.user.actor(), body.wanted(body.user), operations)
        return _made(secret, token)

    @routes.post("/tokens/{token_id}/revoke", status_code=204)
    async def revoke_token(token_id: str, actor: Admin) -> Response:
        rights.TOKENS.check(actor)
        await identity.tokens.revoke(actor, [token_id])
        identity.forget_sessions()
        return Response(status_code=204)

    return routes
