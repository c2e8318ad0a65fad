"""The routes that pause and resume a recording. They change what is recorded, not what people hear."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from cdr.ports import CurrentActor
from cdr.recordings.control.service import Pauses
from cdr.views import PauseView
from core.actor import Actor
from core.answers import answers
from core.routes import RoomRouter


class PauseOrder(BaseModel):
    """`reason` is one of the code words in the settings (`cdr.pause_reasons`)."""

    model_config = ConfigDict(extra="forbid")

    op_id: UUID
    reason: Annotated[str, Field(max_length=32)]


class ResumeOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    op_id: UUID
    reason: Annotated[str, Field(max_length=32)] = ""


def router(pauses: Pauses, current: CurrentActor) -> APIRouter:
    """`current` is the dependency that gives the signed-in person."""
    routes = RoomRouter(tags=["ledger"])

    @routes.post("/calls/{call_id}/recording/pause", **answers(PauseView))
    async def pause(
        call_id: UUID, order: PauseOrder, actor: Annotated[Actor, Depends(current)]
    ) -> dict[str, Any]:
        return (await pauses.pause(actor, call_id, order.op_id, order.reason)).shown()

    @routes.post("/calls/{call_id}/recording/resume", **answers(PauseView))
    async def resume(
        call_id: UUID, order: ResumeOrder, actor: Annotated[Actor, Depends(current)]
    ) -> dict[str, Any]:
        return (await pauses.resume(actor, call_id, order.op_id)).shown()

    return routes
