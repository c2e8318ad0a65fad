"""Routes of presets of cameras."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from core.actor import Actor
from core.models import Frozen
from core.operations import OperationRequest
from core.routes import RoomRouter
from sensing.onvif.messages import CameraPreset
from sensing.ports import CurrentUser
from sensing.presets.service import CameraPresets


class PresetView(Frozen):
    token: str
    name: str


class PresetList(Frozen):
    """`steered_by` steers the camera for `seconds` more; empty: nobody does."""

    presets: list[PresetView]
    steered_by: str
    seconds: float


class PresetRequest(OperationRequest):
    """`preset` is a token of the list; `case_number` is empty for a look that is of no case."""

    preset: str = Field(min_length=1, max_length=64)
    case_number: str = Field(default="", max_length=32)


class TurnedCamera(Frozen):
    """It turns to `preset`, and is steered by who asked for `seconds` more."""

    preset: PresetView
    seconds: float


def preset_routes(presets: CameraPresets, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(prefix="/cameras", tags=["cameras"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/{code}/presets")
    async def listed(code: str, actor: person) -> PresetList:
        """The presets that the camera has now, and who steers it."""
        found, steered = await presets.listed(actor, code)
        return PresetList(
            presets=[_view(one) for one in found], steered_by=steered.by, seconds=steered.seconds
        )

    @routes.post("/{code}/preset")
    async def turn(code: str, body: PresetRequest, actor: person) -> TurnedCamera:
        """Turn it, unless somebody else steers it; audited."""
        found = await presets.turn(actor, code, body.preset, body.case_number, op_id=body.op_id)
        return TurnedCamera(preset=_view(found), seconds=presets.steered(code).seconds)

    @routes.post("/{code}/preset/release", status_code=204)
    async def release(code: str, actor: person) -> None:
        """Who asks steers it no longer."""
        await presets.release(actor, code)

    return routes


def _view(one: CameraPreset) -> PresetView:
    return PresetView(token=one.token, name=one.name)
