"""The route by which an agent refuses a report that is offered; he takes it as any other report."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from cases import rights
from cases.ports import CurrentUser
from cases.reports.offers.service import ReportOffers
from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter


class OfferDeclined(BaseModel):
    """The report goes on to the next agent."""

    draft_id: UUID


def offer_routes(offers: ReportOffers, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["drafts"])
    person = Annotated[Actor, Depends(user)]

    @routes.post("/drafts/{draft_id}/offer/decline")
    async def decline(draft_id: UUID, body: OperationRequest, actor: person) -> OfferDeclined:
        """Let the next agent have a report that is offered; no reason is asked for."""
        rights.TAKE_REPORT.check(actor)
        await offers.decline(actor, draft_id, body.op_id)
        return OfferDeclined(draft_id=draft_id)

    return routes
