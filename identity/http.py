"""Routes of sign-in and of the own session.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside `router`.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from core.actor import Actor, Role
from identity import rights
from identity.model import Session, User
from identity.service import Identity
from identity.settings import IdentitySettings

COOKIE = "songhua_session"


class Credentials(BaseModel):
    user: str = Field(max_length=63)
    password: str = Field(max_length=256)


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


class CurrentUser:
    """FastAPI dependency: the signed-in person of a request. Raises `Unauthenticated`."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    async def __call__(self, request: HTTPConnection) -> Actor:
        return (await self.session(request)).user.actor()

    async def session(self, request: HTTPConnection) -> Session:
        return await self._identity.session(request.cookies.get(COOKIE))


def _shown(session: Session) -> dict[str, Any]:
    user = session.user
    return {
        "user": {"id": user.id, "name": user.name, "roles": sorted(user.roles)},
        "language": user.language,
        "expires_at": session.expires_at.isoformat(),
    }


def router(identity: Identity, current: CurrentUser, settings: IdentitySettings) -> APIRouter:
    routes = APIRouter(tags=["identity"])

    @routes.post("/session")
    async def sign_in(credentials: Credentials, response: Response) -> dict[str, Any]:
        token, session = await identity.sign_in(credentials.user, credentials.password)
        response.set_cookie(
            COOKIE, token, httponly=True, samesite="strict", secure=settings.secure_cookie, path="/"
        )
        return _shown(session)

    @routes.get("/session")
    async def who_am_i(session: Annotated[Session, Depends(current.session)]) -> dict[str, Any]:
        return _shown(session)

    @routes.delete("/session", status_code=204)
    async def sign_out(request: Request, response: Response) -> None:
        await identity.sign_out(request.cookies.get(COOKIE))
        response.delete_cookie(COOKIE, path="/")

    @routes.get("/users")
    async def list_users(actor: Annotated[Actor, Depends(current)]) -> dict[str, Any]:
        rights.PEOPLE.check(actor)
        return {
            "users": [
                {
                    "id": u.id,
                    "name": u.name,
                    "roles": sorted(u.roles),
                    "active": u.active,
                    "endpoint": u.endpoint,
                    "skills": dict(u.skills),
                }
                for u in await identity.users()
            ]
        }

    @routes.post("/users", status_code=201)
    async def create_user(new: NewUser, actor: Annotated[Actor, Depends(current)]) -> dict[str, Any]:
        rights.PEOPLE.check(actor)
        user = await identity.create_user(
            User(id=new.id, name=new.name, roles=frozenset(new.roles), endpoint=new.endpoint), new.password
        )
        await identity.record(actor, "create-user", f"user:{user.id}", {"roles": sorted(user.roles)})
        return {"id": user.id, "name": user.name, "roles": sorted(user.roles)}

    @routes.post("/users/{user_id}/skills")
    async def set_skills(
        user_id: str, body: Skills, actor: Annotated[Actor, Depends(current)]
    ) -> dict[str, Any]:
        user = await identity.set_skills(actor, user_id, body.skills)
        return {"id": user.id, "name": user.name, "skills": dict(user.skills)}

    return routes
