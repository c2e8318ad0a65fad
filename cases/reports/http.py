"""Routes of the queue of drafts without a call."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from cases import rights
from cases.events import DeclineReason, DraftView
from cases.ports import CurrentUser
from cases.reports.service import ReportDrafts
from cases.view_audit import CaseViewAudit
from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter


class WaitingReportList(BaseModel):
    """The oldest first; those that another has taken without their words and their reporter."""

    drafts: list[DraftView]


class DeclineRequest(OperationRequest):
    reason: DeclineReason


def queue_routes(reports: ReportDrafts, user: CurrentUser, view_audit: CaseViewAudit) -> APIRouter:
    """Mounted before the routes of single drafts: `waiting` is no draft's id."""
    routes = RoomRouter(tags=["drafts"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/drafts/waiting")
    async def waiting(actor: person) -> WaitingReportList:
        rights.TAKE_REPORT.check(actor)
        found = await reports.waiting(actor)
        if found:
            await view_audit.at_report(actor, "waiting")
        return WaitingReportList(drafts=found)

    @routes.post("/drafts/{draft_id}/take")
    async def take(draft_id: UUID, body: OperationRequest, actor: person) -> DraftView:
        """Take a report out of the queue, to file or decline it."""
        rights.TAKE_REPORT.check(actor)
        return await reports.take(draft_id, op_id=body.op_id, actor=actor)

    @routes.post("/drafts/{draft_id}/release")
    async def release(draft_id: UUID, body: OperationRequest, actor: person) -> DraftView:
        """Give a report back to the queue."""
        rights.TAKE_REPORT.check(actor)
        return await reports.release(draft_id, op_id=body.op_id, actor=actor)

    @routes.post("/drafts/{draft_id}/decline")
    async def decline(draft_id: UUID, body: DeclineRequest, actor: person) -> DraftView:
        """Make no case of a report; its reporter is told why."""
        rights.TAKE_REPORT.check(actor)
        return await reports.decline(draft_id, reason=body.reason, op_id=body.op_id, actor=actor)

    return routes
