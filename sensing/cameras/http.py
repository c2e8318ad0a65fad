"""Routes of the register of cameras."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from core.actor import Actor
from core.csv_table import TableReport, whole_body
from core.errors import Invalid
from core.place import Position
from core.routes import RoomRouter
from sensing.cameras.model import CameraKind
from sensing.cameras.service import CameraRegister, KnownCamera
from sensing.cameras.store import CameraCondition, CameraState
from sensing.ports import CasesOfSnapshots, CurrentUser

MOST_NEAR = 50


CameraSource = Literal["", "rtsp", "http", "https", "onvif", "gb28181"]


class CameraView(BaseModel):
    """WGS-84 degrees, metres; angles in degrees clockwise from north. `why` it is away; `metres` to the place
    that was asked for; `has_address`: pictures can be taken, by `source`; `turns`: it has presets;
    `steerable`: it is moved by hand; `records`: its device is asked for recordings.
    `moved_at`: it moves, and said then where it is; `alarm_at`: it raised an alarm a short time ago;
    `link_lost_at`: the receiver of its position says nothing since then.
    """

    code: str
    name: str
    gb_id: str
    lon: float
    lat: float
    height_m: float | None
    azimuth: float | None
    view_angle: float
    near_m: float
    far_m: float
    kind: CameraKind
    owner: str
    in_use: bool
    has_address: bool
    source: CameraSource
    turns: bool
    steerable: bool
    records: bool
    state: CameraState
    since: datetime | None
    why: str
    metres: float | None = None
    moved_at: datetime | None = None
    alarm_at: datetime | None = None
    link_lost_at: datetime | None = None


class CameraList(BaseModel):
    cameras: list[CameraView]


class NearCameras(BaseModel):
    """The nearest first. `placed`: the place that was asked for has coordinates; `invented`: nobody has
    measured them.
    """

    cameras: list[CameraView]
    placed: bool
    invented: bool = False


class CameraChange(BaseModel):
    state: CameraState
    since: datetime | None
    why: str


class CameraHistory(BaseModel):
    """`changes` of its state, the newest first."""

    camera: CameraView
    changes: list[CameraChange]


def camera_routes(register: CameraRegister, cases: CasesOfSnapshots, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(prefix="/cameras", tags=["cameras"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("")
    async def listed(actor: person) -> CameraList:
        """All cameras that are for this person."""
        return CameraList(cameras=[view(one) for one in register.listed(actor)])

    @routes.get("/near")
    async def near(
        actor: person,
        lon: Annotated[float | None, Query(ge=-180, le=180)] = None,
        lat: Annotated[float | None, Query(ge=-85, le=85)] = None,
        case_id: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST_NEAR)] = 8,
    ) -> NearCameras:
        """The nearest cameras that see a place, or the place of a case."""
        invented = False
        if case_id is not None:
            place, invented = await cases.place_of(actor, case_id)
        elif lon is not None and lat is not None:
            place = Position(lon=lon, lat=lat, accuracy_m=1.0)
        else:
            raise Invalid("a place is missing", remedy="give lon and lat, or case_id")
        found = [] if place is None else register.near(actor, place, limit)
        return NearCameras(cameras=[view(one) for one in found], placed=place is not None, invented=invented)

    @routes.get("/{code}")
    async def one(code: str, actor: person) -> CameraHistory:
        """A camera, and when its state changed."""
        known, changes = await register.one(actor, code)
        return CameraHistory(camera=view(known), changes=[_change(one) for one in changes])

    @routes.post("/import")
    async def import_table(actor: person, request: Request, op_id: UUID | None = None) -> TableReport:
        """The body is the file itself, CSV. Without `op_id` nothing is changed."""
        return await register.import_table(actor, await whole_body(request.stream()), op_id=op_id)

    return routes


def view(known: KnownCamera) -> CameraView:
    """Without its address, which is of the network of cameras, and without its account."""
    camera, condition = known.camera, known.condition
    return CameraView(
        code=camera.code, name=camera.name, gb_id=camera.gb_id, lon=camera.lon, lat=camera.lat,
        height_m=camera.height_m, azimuth=camera.azimuth, view_angle=camera.view_angle,
        near_m=camera.near_m, far_m=camera.far_m, kind=camera.kind, owner=camera.owner,
        in_use=camera.in_use, has_address=bool(camera.address), state=condition.state,
        since=condition.since, why=condition.why, metres=known.metres, source=_source(camera.address),
        turns=camera.turns, steerable=camera.steerable, records=camera.records,
        moved_at=known.moved_at, alarm_at=known.alarm_at, link_lost_at=known.link_lost_at,
    )  # fmt: skip


def _source(address: str) -> CameraSource:
    schemes: tuple[CameraSource, ...] = ("rtsp", "http", "https", "onvif", "gb28181")
    return next((one for one in schemes if address.startswith(f"{one}:")), "")


def _change(one: CameraCondition) -> CameraChange:
    return CameraChange(state=one.state, since=one.since, why=one.why)
