"""Routes of the operating mode. Who approves a request: `POST /api/approvals/{number}/approve`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from cases import rights
from cases.events import OperatingMode, OperatingModeView
from cases.operating_mode.service import ModeWish, OperatingModes
from cases.operating_mode.settings import ModeRules
from cases.ports import CurrentUser
from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter


class ModeRequest(OperationRequest):
    """`alone`: act at once, to a higher mode; a second person confirms it afterwards. The reason is kept: no
    names.
    """

    mode: OperatingMode
    why: Annotated[str, Field(min_length=1, max_length=400)]
    alone: bool = False
    incident_id: UUID | None = None


class ModeRequestView(BaseModel):
    """The request's number and state: `waiting` for a second person until `until`, or how it ended."""

    number: int
    state: str
    until: datetime
    mode: OperatingModeView


class OperatingModeAnswer(BaseModel):
    """What holds, its versions (the newest first), and what each mode changes."""

    now: OperatingModeView
    versions: list[OperatingModeView]
    changes: dict[OperatingMode, ModeRules]


def mode_routes(modes: OperatingModes, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(prefix="/mode", tags=["operating mode"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("")
    async def show(actor: person) -> OperatingModeAnswer:
        rights.SEE_MODE.check(actor)
        versions = await modes.versions()
        return OperatingModeAnswer(
            now=modes.view(), versions=versions, changes={one: modes.rules_of(one) for one in OperatingMode}
        )

    @routes.post("/request", status_code=201)
    async def request(body: ModeRequest, actor: person) -> ModeRequestView:
        """Ask for another mode."""
        wish = ModeWish(body.mode, body.why, body.alone, body.incident_id)
        status = await modes.request(actor, wish, body.op_id)
        return ModeRequestView(
            number=status.number, state=status.state, until=status.until, mode=modes.view()
        )

    return routes
