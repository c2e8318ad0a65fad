"""Routes by which a draft changes hands or is dropped."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from cases.drafting.access import DraftAccess
from cases.drafting.editing import DraftEditing
from cases.drafting.service import DraftService
from cases.events import DraftView
from cases.ports import CallDirectory, CurrentUser
from cases.reports.service import require_call_of
from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter


class Discarding(OperationRequest):
    """`despite` are people who may be typing in it: who discards it was told of them."""

    despite: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=20)


def hand_routes(
    drafts: DraftService, editing: DraftEditing, calls: CallDirectory, user: CurrentUser
) -> APIRouter:
    routes = RoomRouter(tags=["drafts"])
    access = DraftAccess(drafts, calls)

    @routes.post("/drafts/{draft_id}/take-over")
    async def take_over(
        draft_id: UUID, body: OperationRequest, actor: Annotated[Actor, Depends(user)]
    ) -> DraftView:
        """The draft is in the own hand: who had it reads on, and may take it back."""
        await access.read(actor, draft_id)
        return await drafts.take_over(draft_id, op_id=body.op_id, actor=actor, calls=calls)

    @routes.post("/drafts/{draft_id}/discard")
    async def discard(draft_id: UUID, body: Discarding, actor: Annotated[Actor, Depends(user)]) -> DraftView:
        """It is no case."""
        await access.edit(actor, draft_id)
        require_call_of(await drafts.stored(draft_id))
        editing.require_nobody(draft_id, actor, body.despite)
        left = await drafts.discard(draft_id, op_id=body.op_id, actor=actor)
        editing.closed(draft_id)
        return left

    return routes
