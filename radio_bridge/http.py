"""Routes of the register of units."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, Field

from core.actor import Actor, Role
from radio_bridge.units.model import UID_PATTERN, Unit
from radio_bridge.units.service import UnitRegister

STAFF = (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR, Role.ADMIN)


class UnitView(BaseModel):
    unit_id: str
    name: str
    network: str
    crew: list[str]
    online: bool
    status: str
    last_heard: AwareDatetime | None


class UnitList(BaseModel):
    units: list[UnitView]


class NewUnit(BaseModel):
    unit_id: str = Field(pattern=UID_PATTERN, examples=["app:17"])
    name: str = Field(min_length=1, max_length=80)
    crew: list[Annotated[str, Field(max_length=80)]] = Field(default_factory=list, max_length=20)


class Issued(BaseModel):
    """The only time that the password is told."""

    unit_id: str
    password: str


def router(register: UnitRegister, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = APIRouter(tags=["units"])

    @routes.get("/units")
    async def list_units(actor: Annotated[Actor, Depends(current_user)]) -> UnitList:
        actor.require(*STAFF)
        return UnitList(units=[_view(unit) for unit in await register.units()])

    @routes.post("/units", status_code=201)
    async def create_unit(new: NewUnit, actor: Annotated[Actor, Depends(current_user)]) -> Issued:
        actor.require(Role.ADMIN)
        password = await register.create(Unit(new.unit_id, new.name, tuple(new.crew)), actor)
        return Issued(unit_id=new.unit_id, password=password)

    @routes.post("/units/{unit_id}/password")
    async def renew_password(unit_id: str, actor: Annotated[Actor, Depends(current_user)]) -> Issued:
        actor.require(Role.ADMIN)
        return Issued(unit_id=unit_id, password=await register.renew(unit_id))

    return routes


def _view(unit: Unit) -> UnitView:
    return UnitView(
        unit_id=unit.unit_id,
        name=unit.name,
        network=unit.network,
        crew=list(unit.crew),
        online=unit.online,
        status=unit.status,
        last_heard=unit.last_heard,
    )
