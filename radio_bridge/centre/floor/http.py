"""The routes of floor control for desks."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from core.actor import Actor
from core.routes import RoomRouter
from core.scopes import Scope
from radio_bridge import rights
from radio_bridge.centre.floor.desk import DeskFloor
from radio_bridge.centre.floor.events import FloorChanged, FloorView
from radio_bridge.floor.messages import FloorAnswer
from radio_bridge.floor.model import Cause


class RequestFloorRequest(BaseModel):
    """`take_over` ends the talk of a lower priority, `emergency` that of everybody who has no emergency."""

    op_id: UUID
    emergency: bool = False
    take_over: bool = False


class ReleaseFloorRequest(BaseModel):
    """`op_id` is the request's."""

    op_id: UUID


class FloorResponse(BaseModel):
    """`result`: granted, queued (`position`), denied, revoked, released (`cause`). While it is granted the
    request is to be repeated every `alive_every_s`, with the same `op_id`. Who hears no answer for
    `dead_key_s` has lost the floor. `heard`: whether the switch has heard this talk's sound in the
    talkgroup's conference, and brings it to its radio network; null when that is not known.
    """

    op_id: UUID
    talkgroup: str
    result: str
    cause: Cause
    token: str
    limit_s: float | None
    alive_every_s: float | None
    dead_key_s: float | None
    position: int | None
    heard: bool | None = None


class FloorList(BaseModel):
    floors: list[FloorView]


def router(desk: DeskFloor, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = RoomRouter(prefix="/floors", tags=["floor"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("")
    async def floors(actor: User) -> FloorList:
        rights.SEE_FLOORS.check(actor)
        found = [floor for floor in desk.floors() if actor.within(Scope.TALKGROUP, floor.talkgroup)]
        return FloorList(floors=[_view(floor) for floor in found])

    @routes.post("/{talkgroup}/request")
    async def request(actor: User, talkgroup: str, body: RequestFloorRequest) -> FloorResponse:
        answer = await desk.request(
            actor, talkgroup, body.op_id, emergency=body.emergency, take_over=body.take_over
        )
        return _answered(answer, heard=desk.is_heard(answer))

    @routes.post("/{talkgroup}/release", status_code=204)
    async def release(actor: User, talkgroup: str, body: ReleaseFloorRequest) -> None:
        await desk.release(actor, talkgroup, body.op_id)

    return routes


def _answered(answer: FloorAnswer, *, heard: bool | None) -> FloorResponse:
    return FloorResponse.model_validate({**answer.model_dump(), "heard": heard})


def _view(floor: FloorChanged) -> FloorView:
    return FloorView.model_validate(floor.model_dump(include=set(FloorView.model_fields)))
