"""Routes of moves by hand."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import Field, model_validator

from core.actor import Actor
from core.models import Frozen
from core.operations import OperationRequest
from core.routes import RoomRouter
from sensing.ports import CurrentUser
from sensing.steering.leases import SteeredCamera
from sensing.steering.model import CameraVelocity
from sensing.steering.service import HOLD_S, CameraMoves

Share = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class MoveRequest(OperationRequest):
    """Each from -1 to 1 of the camera's fastest: `pan` to the right, `tilt` up, `zoom` nearer; one of them
    moves. `case_number` is empty for a look that is of no case.
    """

    pan: Share = 0.0
    tilt: Share = 0.0
    zoom: Share = 0.0
    case_number: str = Field(default="", max_length=32)

    @model_validator(mode="after")
    def _moves(self) -> Self:
        if self.velocity.stands:
            raise ValueError("one of pan, tilt and zoom is not 0")
        return self

    @property
    def velocity(self) -> CameraVelocity:
        return CameraVelocity(self.pan, self.tilt, self.zoom)


class SteeringView(Frozen):
    """`steered_by` steers the camera for `seconds` more; empty: nobody does."""

    steered_by: str
    seconds: float


class MoveView(SteeringView):
    """A page that says nothing for `hold_s` seconds has the camera stopped."""

    hold_s: float


def move_routes(moves: CameraMoves, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(prefix="/cameras", tags=["cameras"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/{code}/steering")
    async def steered(code: str, actor: person) -> SteeringView:
        """Who steers it now."""
        return SteeringView(**_told(moves.steered(actor, code)))

    @routes.post("/{code}/move")
    async def begin(code: str, body: MoveRequest, actor: person) -> MoveView:
        """It moves until `stop` with the same `op_id`, or until `hold` is not said any more; audited."""
        found = await moves.begin(actor, code, body.velocity, body.case_number, op_id=body.op_id)
        return MoveView(**_told(found), hold_s=HOLD_S)

    @routes.post("/{code}/move/hold")
    async def hold(code: str, body: OperationRequest, actor: person) -> MoveView:
        """Its button is still held. `op_id` is that of the move."""
        return MoveView(**_told(moves.hold(actor, code, op_id=body.op_id)), hold_s=HOLD_S)

    @routes.post("/{code}/move/stop", status_code=204)
    async def stop(code: str, body: OperationRequest, actor: person) -> None:
        """It stands. `op_id` is that of the move, which does not begin if it has not come yet; audited."""
        await moves.stop(actor, code, op_id=body.op_id)

    return routes


def _told(one: SteeredCamera) -> dict[str, object]:
    return {"steered_by": one.by, "seconds": one.seconds}
