"""The routes of legal holds."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from cdr.ports import CurrentActor
from cdr.retention.holds import LegalHolds
from cdr.views import LegalHoldList, LegalHoldView
from core.actor import Actor
from core.answers import answers
from core.routes import RoomRouter

_Reason = Annotated[str, Field(min_length=1, max_length=1_000)]


class HoldOrder(BaseModel):
    """`subject` is `call:<id>`, or `case:<id>` for all calls of a case."""

    model_config = ConfigDict(extra="forbid")

    op_id: UUID
    subject: Annotated[str, Field(max_length=160)]
    reason: _Reason


class LiftOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    op_id: UUID
    reason: _Reason


def router(holds: LegalHolds, current: CurrentActor) -> APIRouter:
    """`current` is the dependency that gives the signed-in person."""
    routes = RoomRouter(tags=["ledger"])

    @routes.get("/ledger/holds", **answers(LegalHoldList))
    async def list_holds(actor: Annotated[Actor, Depends(current)], lifted: bool = False) -> dict[str, Any]:
        return {"holds": await holds.all(actor, lifted=lifted)}

    @routes.post("/ledger/holds", **answers(LegalHoldView))
    async def set_hold(order: HoldOrder, actor: Annotated[Actor, Depends(current)]) -> dict[str, Any]:
        return await holds.set(actor, order.op_id, order.subject, order.reason)

    @routes.post("/ledger/holds/{hold_id}/lift", **answers(LegalHoldView))
    async def lift_hold(
        hold_id: UUID, order: LiftOrder, actor: Annotated[Actor, Depends(current)]
    ) -> dict[str, Any]:
        return await holds.lift(actor, hold_id, order.op_id, order.reason)

    return routes
