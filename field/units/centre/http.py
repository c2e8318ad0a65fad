"""Routes of the register of units."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter
from field import rights
from field.contract.names import UID_PATTERN
from field.events import UnitPlace, UnitSummary
from field.units.centre.service import KEEP, UnitChange, UnitDetails, UnitRegister
from field.units.model import DEVICE_PATTERN, Shift, Unit
from field.units.notifier import summary_of
from field.units.places.model import UnitPosition
from field.units.places.view import place_view

MOST_TRACK = 5_000

Line = Annotated[str, Field(min_length=1, max_length=80)]
Address = Annotated[str, Field(max_length=120)]
Device = Annotated[str, Field(pattern=DEVICE_PATTERN)]


class ShiftView(BaseModel):
    """When the unit works; UTC."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime


class UnitView(UnitSummary):
    """A unit with everything that its register says of it."""

    network: str
    crew: list[str]
    addresses: list[str]
    devices: list[str]
    skills: list[str]
    shift: ShiftView | None
    on_shift: bool | None = Field(description="null for a unit without a shift")
    revoked_at: AwareDatetime | None


class UnitList(BaseModel):
    units: list[UnitView]


class PlaceView(UnitPlace):
    """Where a unit is; `age_s` is how long ago it was there, by our clock."""

    age_s: float
    altitude_m: float | None = None


class PlaceList(BaseModel):
    places: list[PlaceView]


class Passed(BaseModel):
    lon: float
    lat: float
    accuracy_m: float
    source: str
    measured_at: AwareDatetime


class UnitTrackView(BaseModel):
    """Where the unit was, the newest first; `whole` is false when there is more before the last."""

    unit_id: str
    places: list[Passed]
    whole: bool


class NewUnit(BaseModel):
    op_id: UUID | None = None
    unit_id: str = Field(pattern=UID_PATTERN, examples=["app:17"])
    name: Line
    crew: list[Line] = Field(default_factory=list, max_length=20)
    aliases: list[Line] = Field(default_factory=list, max_length=20)
    addresses: list[Address] = Field(default_factory=list, max_length=20, examples=[["tetra:2621001234567"]])
    devices: list[Device] = Field(default_factory=list, max_length=5, description="location apps")
    vehicle: str = Field(default="", max_length=80)
    department: str = Field(default="", max_length=64)
    skills: list[Line] = Field(default_factory=list, max_length=30)


class ChangeUnitRequest(BaseModel):
    """What is not given stays as it is; `shift: null` takes the shift away."""

    model_config = ConfigDict(extra="forbid")

    op_id: UUID
    name: Line | None = None
    crew: list[Line] | None = Field(default=None, max_length=20)
    aliases: list[Line] | None = Field(default=None, max_length=20)
    addresses: list[Address] | None = Field(default=None, max_length=20)
    vehicle: str | None = Field(default=None, max_length=80)
    department: str | None = Field(default=None, max_length=64)
    skills: list[Line] | None = Field(default=None, max_length=30)
    shift: ShiftView | None = None


class Renew(BaseModel):
    op_id: UUID | None = None


class Enrol(OperationRequest):
    devices: list[Device] | None = Field(default=None, max_length=5)


class Issued(BaseModel):
    """The only time that the password is told."""

    unit_id: str
    password: str


def router(register: UnitRegister, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = RoomRouter(tags=["units"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("/units")
    async def list_units(actor: User) -> UnitList:
        rights.SEE_UNITS.check(actor)
        now = register.now()
        return UnitList(units=[_view(known, now) for known in await register.known()])

    @routes.get("/units/places")
    async def list_places(actor: User) -> PlaceList:
        rights.SEE_PLACES.check(actor)
        now = register.now()
        found = [(known.unit, known.placed) for known in await register.known()]
        return PlaceList(places=[_place(unit, placed, now) for unit, placed in found if placed is not None])

    @routes.get("/units/{name}")
    async def show_unit(name: str, actor: User) -> UnitView:
        rights.SEE_UNITS.check(actor)
        return _view(await register.look(name), register.now())

    @routes.get("/units/{unit_id}/track")
    async def track(
        unit_id: str,
        actor: User,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST_TRACK)] = 500,
    ) -> UnitTrackView:
        rows = await register.way(unit_id, since=since, until=until, limit=limit + 1, actor=actor)
        shown = [
            Passed(
                lon=row.lon, lat=row.lat, accuracy_m=row.accuracy_m, source=row.source,
                measured_at=row.measured_at,
            )
            for row in rows[:limit]
        ]  # fmt: skip
        return UnitTrackView(unit_id=unit_id, places=shown, whole=len(rows) <= limit)

    @routes.post("/units", status_code=201)
    async def create_unit(new: NewUnit, actor: User) -> Issued:
        unit = Unit(
            new.unit_id,
            new.name,
            tuple(new.crew),
            aliases=tuple(new.aliases),
            addresses=tuple(new.addresses),
            devices=tuple(new.devices),
            vehicle=new.vehicle,
            department=new.department,
            skills=tuple(new.skills),
        )
        password = await register.create(unit, actor, op_id=new.op_id)
        return Issued(unit_id=new.unit_id, password=password)

    @routes.patch("/units/{unit_id}")
    async def change_unit(unit_id: str, body: ChangeUnitRequest, actor: User) -> UnitView:
        given = body.model_dump(exclude_unset=True, exclude={"op_id", "shift"})
        shift = KEEP if "shift" not in body.model_fields_set else _shift(body.shift)
        change = UnitChange(**given, shift=shift)
        return _view(await register.change(unit_id, change, op_id=body.op_id, actor=actor), register.now())

    @routes.post("/units/{unit_id}/password")
    async def renew_password(unit_id: str, actor: User, body: Renew | None = None) -> Issued:
        password = await register.renew(unit_id, actor, op_id=body.op_id if body else None)
        return Issued(unit_id=unit_id, password=password)

    @routes.post("/units/{unit_id}/enrol")
    async def enrol(unit_id: str, body: Enrol, actor: User) -> Issued:
        password = await register.enrol(unit_id, devices=body.devices, op_id=body.op_id, actor=actor)
        return Issued(unit_id=unit_id, password=password)

    @routes.post("/units/{unit_id}/revoke")
    async def revoke(unit_id: str, body: OperationRequest, actor: User) -> UnitView:
        return _view(await register.revoke(unit_id, op_id=body.op_id, actor=actor), register.now())

    return routes


def _shift(given: ShiftView | None) -> Shift | None:
    return None if given is None else Shift(given.starts_at, given.ends_at)


def _view(known: UnitDetails, now: datetime) -> UnitView:
    unit = known.unit
    return UnitView(
        **dict(summary_of(unit, unit.status, known.bearers, known.groups)),
        network=unit.network,
        crew=list(unit.crew),
        addresses=list(unit.addresses),
        devices=list(unit.devices),
        skills=list(unit.skills),
        shift=ShiftView(starts_at=unit.shift.starts_at, ends_at=unit.shift.ends_at) if unit.shift else None,
        on_shift=unit.shift.covers(now) if unit.shift else None,
        revoked_at=unit.revoked_at,
    )


def _place(unit: Unit, placed: UnitPosition, now: datetime) -> PlaceView:
    shown = place_view(unit.unit_id, placed).model_dump()
    return PlaceView(**shown, age_s=placed.age_s(now), altitude_m=placed.fix.altitude_m)
