"""Routes of hand-overs, each a few lines."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from core.actor import Actor
from core.routes import RoomRouter
from hotline.control.answer import Acted
from hotline.handovers.service import HandoverPresets, Handovers
from hotline.ports import CurrentUser


class HandoverRequest(BaseModel):
    """`service` is one of GET /api/handovers."""

    op_id: UUID
    service: str = Field(max_length=24)


def router(handovers: Handovers, current_user: CurrentUser) -> APIRouter:
    """`/handovers` and `/calls/{call_id}/handover`; `current_user` is the dependency that gives who asks."""
    routes = RoomRouter(tags=["control"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("/handovers")
    async def presets(user: User) -> HandoverPresets:
        return HandoverPresets(handovers=handovers.presets(user))

    @routes.post("/calls/{call_id}/handover")
    async def hand_over(user: User, call_id: UUID, body: HandoverRequest) -> Acted:
        return await handovers.hand_over(user, call_id, body.op_id, body.service)

    return routes
