"""Routes of sign-in and of the own session.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside `router`.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse

from core.actor import Actor, Role
from core.bearer import PREFIX, acting_by, api_token
from core.errors import Forbidden
from core.routes import RoomRouter
from identity import rights
from identity.account.own import AccountOwner
from identity.cookies import Cookies
from identity.errors import SecondFactorNeeded
from identity.model import Language, Session, User
from identity.origin import RequestOrigin
from identity.ports import AddressOf, peer_address
from identity.service import IdentityService
from identity.settings import IdentitySettings
from identity.signin import PROVIDER

SIGNED_OUT = "Signed out here; the browser goes to `sign_out_at`"
ENROLLING = ("/api/session/", "/api/account/")
"""What somebody may use who has still to set up the second factor that the role asks for."""


class SignInRequest(BaseModel):
    user: str = Field(max_length=63)
    password: str = Field(max_length=256)


class Code(BaseModel):
    """The second step: `ticket` is what the first one answered, `code` the app's or a recovery code."""

    ticket: str = Field(max_length=1_000)
    code: str = Field(max_length=60)


class NewUser(BaseModel):
    id: str = Field(max_length=63)
    name: str = Field(max_length=200)
    password: str = Field(max_length=256)
    roles: list[Role] = Field(min_length=1, max_length=20)
    endpoint: str | None = Field(default=None, max_length=80)


class Skills(BaseModel):
    """Levels from 1 to 5 by name. They replace those of before: sent twice they are the same."""

    op_id: UUID
    skills: dict[str, int] = Field(max_length=50)


class ScopesBody(BaseModel):
    """Names by kind: queue, district, department, talkgroup. They replace those of before; a kind that is
    left out or empty limits nothing.
    """

    op_id: UUID
    scopes: dict[str, Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=200)]] = Field(
        max_length=4
    )


class UserView(BaseModel):
    id: str
    name: str
    roles: list[Role]


class SessionAnswer(BaseModel):
    """`must_set_second_factor` is there where nothing but the own account may be used before; `token` names
    the API token by which a program acts.
    """

    user: UserView
    language: Language
    expires_at: datetime
    must_set_second_factor: bool = Field(default=False, exclude_if=lambda must: not must)
    token: str = Field(default="", exclude_if=lambda token: not token)


class SecondFactorAsked(BaseModel):
    """A code or, where `passkey`, a passkey is to follow."""

    next: Literal["second-factor"] = "second-factor"
    ticket: str
    passkey: bool


class SignedOutResponse(BaseModel):
    sign_out_at: str


class PersonView(UserView):
    active: bool
    endpoint: str | None
    skills: dict[str, int]
    scopes: dict[str, list[str]]


class PersonList(BaseModel):
    users: list[PersonView]


class ScopesAnswer(BaseModel):
    id: str
    scopes: dict[str, list[str]]


class SkillsAnswer(BaseModel):
    id: str
    name: str
    skills: dict[str, int]


def user_view(user: User) -> UserView:
    """The answer for a user, without anything secret."""
    return UserView(id=user.id, name=user.name, roles=sorted(user.roles))


def _as_he_is(actor: Actor) -> Actor:
    return actor


class CurrentUser:
    """FastAPI dependency: the person of a request, signed in or by an API token. Raises `Unauthenticated`."""

    def __init__(
        self, identity: IdentityService, address_of: AddressOf = peer_address, cookies: Cookies | None = None
    ) -> None:
        self._identity = identity
        self._address_of = address_of
        self.cookies = cookies or Cookies(IdentitySettings())
        self.as_now: Callable[[Actor], Actor] = _as_he_is
        """What the person is now, who may have roles besides his own for a time."""

    async def __call__(self, request: HTTPConnection) -> Actor:
        return self.as_now((await self.session(request)).actor())

    async def session(self, request: HTTPConnection) -> Session:
        """Raises `SecondFactorMissing` outside of `ENROLLING` where the role asks for one."""
        token, address = self.token_of(request), self._address_of(request)
        path = f"{request.scope['path']}/"
        if path.startswith(ENROLLING):
            session = await self._identity.any_session(token, address)
        else:
            session = await self._identity.session(token, address)
        acting_by.set(session.token.told if session.token else "")
        return session

    def token_of(self, request: HTTPConnection) -> str | None:
        """What opens the session of a request: its API token, else its cookie."""
        shown = api_token(request.headers)
        if shown:
            return shown
        cookie = self.cookies.session_of(request)
        return None if cookie is None or cookie.startswith(PREFIX) else cookie

    async def own(self, request: HTTPConnection) -> AccountOwner:
        """The person who signed in with this session. Raises `Forbidden` for an API token."""
        session = await self.session(request)
        if session.token is not None:
            raise Forbidden("no API token may do this", remedy="sign in and do it in person")
        return AccountOwner(session, self.cookies.session_of(request) or "", self.origin(request))

    def origin(self, request: HTTPConnection) -> RequestOrigin:
        """The origin of a request: address, program and known device."""
        return RequestOrigin(
            self._address_of(request),
            request.headers.get("user-agent", "")[:200],
            self.cookies.device_of(request),
        )


class SessionResponses:
    """What a session shows of itself, and the cookies that open it."""

    def __init__(self, identity: IdentityService, settings: IdentitySettings, cookies: Cookies) -> None:
        self._identity = identity
        self._settings = settings
        self._cookies = cookies

    def shown(self, session: Session) -> SessionAnswer:
        """The answer to who signed in."""
        return SessionAnswer(
            user=user_view(session.user),
            language=session.user.language,
            expires_at=session.expires_at,
            must_set_second_factor=session.lacks_second_factor(self._settings.second_factor_roles),
            token=session.token.told if session.token else "",
        )

    async def begun(
        self, request: Request, response: Response, token: str, session: Session
    ) -> SessionAnswer:
        """The browser's session of before ends: nobody would see or use it any more."""
        await self._identity.sign_out(self._cookies.session_of(request))
        self._cookies.set_session(request, response, token)
        return self.shown(session)

    async def opened(
        self, request: Request, response: Response, origin: RequestOrigin, token: str, session: Session
    ) -> SessionAnswer:
        """As `begun`; the device becomes known for this person."""
        said = await self.begun(request, response, token, session)
        device = await self._identity.signing_in.device_cookie(origin, session.user.id)
        if device:
            self._cookies.set_device(request, response, device)
        return said


async def _nowhere(_address: str) -> str:
    return ""


def router(
    identity: IdentityService,
    current: CurrentUser,
    settings: IdentitySettings,
    sign_out_at: Callable[[str], Awaitable[str]] = _nowhere,
) -> APIRouter:
    """`sign_out_at`: where the OpenID provider ends its session and sends the browser back to an address."""
    routes = RoomRouter(tags=["identity"])
    answers = SessionResponses(identity, settings, current.cookies)

    @routes.post("/session")
    async def sign_in(
        credentials: SignInRequest, request: Request, response: Response
    ) -> SessionAnswer | SecondFactorAsked:
        """The session; or `{next: "second-factor", ticket, passkey}` where one of both is to follow."""
        origin = current.origin(request)
        try:
            token, session = await identity.sign_in(credentials.user, credentials.password, origin)
        except SecondFactorNeeded as needed:
            return SecondFactorAsked(ticket=needed.ticket, passkey=needed.passkey)
        return await answers.opened(request, response, origin, token, session)

    @routes.post("/session/second")
    async def second_step(code: Code, request: Request, response: Response) -> SessionAnswer:
        origin = current.origin(request)
        token, session = await identity.signing_in.by_code(code.ticket, code.code, origin)
        return await answers.opened(request, response, origin, token, session)

    @routes.get("/session")
    async def who_am_i(session: Annotated[Session, Depends(current.session)]) -> SessionAnswer:
        return answers.shown(session)

    @routes.delete(
        "/session", status_code=204, responses={200: {"model": SignedOutResponse, "description": SIGNED_OUT}}
    )
    async def sign_out(request: Request) -> Response:
        """Where the OpenID provider has opened it: 200 and `{sign_out_at}`, which ends its own session."""
        how = await identity.sign_out(current.cookies.session_of(request))
        there = await sign_out_at(current.cookies.address_of(request)) if how == PROVIDER else ""
        response = JSONResponse({"sign_out_at": there}) if there else Response(status_code=204)
        current.cookies.forget_session(request, response)
        return response

    return routes


def router_of_people(identity: IdentityService, current: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["identity"])

    @routes.get("/users")
    async def list_users(actor: Annotated[Actor, Depends(current)]) -> PersonList:
        rights.PEOPLE.check(actor)
        return PersonList(
            users=[
                PersonView(
                    **user_view(user).model_dump(),
                    active=user.active,
                    endpoint=user.endpoint,
                    skills=dict(user.skills),
                    scopes=user.scopes.as_lists(),
                )
                for user in await identity.users()
            ]
        )

    @routes.post("/users", status_code=201)
    async def create_user(new: NewUser, actor: Annotated[Actor, Depends(current)]) -> UserView:
        rights.ADD_PEOPLE.check(actor)
        user = await identity.create_user(
            User(id=new.id, name=new.name, roles=frozenset(new.roles), endpoint=new.endpoint),
            new.password,
            by=actor,
        )
        return user_view(user)

    @routes.get("/users/{user_id}/scopes")
    async def scopes(user_id: str, actor: Annotated[Actor, Depends(current)]) -> ScopesAnswer:
        rights.PEOPLE.check(actor)
        user = await identity.user(user_id)
        return ScopesAnswer(id=user.id, scopes=user.scopes.as_lists())

    @routes.post("/users/{user_id}/scopes")
    async def set_scopes(
        user_id: str, body: ScopesBody, actor: Annotated[Actor, Depends(current)]
    ) -> ScopesAnswer:
        user = await identity.set_scopes(actor, user_id, body.scopes)
        return ScopesAnswer(id=user.id, scopes=user.scopes.as_lists())

    @routes.post("/users/{user_id}/skills")
    async def set_skills(
        user_id: str, body: Skills, actor: Annotated[Actor, Depends(current)]
    ) -> SkillsAnswer:
        user = await identity.set_skills(actor, user_id, body.skills)
        return SkillsAnswer(id=user.id, name=user.name, skills=dict(user.skills))

    return routes
