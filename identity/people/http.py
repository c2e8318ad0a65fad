"""Routes by which administrators import people and change one's roles."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from core.actor import Actor, Role
from core.csv_table import whole_body
from core.errors import Conflict, Invalid
from core.operations import OperationRequest
from core.routes import RoomRouter
from identity import rights
from identity.people.model import PeopleImported
from identity.people.service import PeopleImport
from identity.service import IdentityService


class RolesRequest(OperationRequest):
    """All of them: they replace what the person has."""

    roles: Annotated[list[Role], Field(min_length=1, max_length=10)]


class RolesAnswer(BaseModel):
    id: str
    roles: list[Role]


class ActiveRequest(OperationRequest):
    active: bool


def routes_of_many(
    identity: IdentityService, people: PeopleImport, current: Callable[[HTTPConnection], Awaitable[Actor]]
) -> APIRouter:
    routes = RoomRouter(tags=["identity"])
    User = Annotated[Actor, Depends(current)]  # noqa: N806  # a type, made for these routes

    @routes.post("/users/import")
    async def import_people(user: User, request: Request, op_id: UUID | None = None) -> PeopleImported:
        """The body is the CSV itself, in UTF-8 or GB18030. Without `op_id` nothing is changed."""
        rights.ADD_PEOPLE.check(user)
        return await people.run(user, await whole_body(request.stream()), op_id=op_id)

    @routes.post("/users/{user_id}/roles")
    async def set_roles(user: User, user_id: str, body: RolesRequest) -> RolesAnswer:
        """His desks begin anew; his API tokens that have more are revoked."""
        rights.ADD_PEOPLE.check(user)
        roles = frozenset(body.roles)
        if Role.UNIT in roles:
            raise Invalid("unit is no role of a person", remedy="give roles of the centre")
        if user_id == user.id and Role.ADMIN not in roles:
            raise Conflict("an admin does not take the role from himself", remedy="ask another admin")
        changed = await identity.set_roles(user_id, roles, by=user)
        return RolesAnswer(id=changed.id, roles=sorted(changed.roles))

    @routes.post("/users/{user_id}/active")
    async def switch(user: User, user_id: str, body: ActiveRequest) -> None:
        """Off: his sessions end and his API tokens are revoked."""
        rights.ADD_PEOPLE.check(user)
        if user_id == user.id:
            raise Conflict("nobody switches himself off", remedy="ask another admin")
        await identity.switch(user_id, active=body.active, by=user)

    return routes
