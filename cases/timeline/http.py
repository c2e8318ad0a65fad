"""The route of a case's timeline."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from cases.ports import CurrentUser
from cases.timeline.model import TimelineEntry
from cases.timeline.service import CaseTimeline
from cases.view_audit import CaseViewAudit
from core.actor import Actor
from core.routes import RoomRouter


class CaseTimelineView(BaseModel):
    """Oldest first."""

    entries: list[TimelineEntry]


def timeline_routes(timeline: CaseTimeline, user: CurrentUser, view_audit: CaseViewAudit) -> APIRouter:
    routes = RoomRouter(tags=["cases"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/cases/{case_id}/timeline")
    async def of_case(case_id: UUID, actor: person) -> CaseTimelineView:
        """Calls, drafts, acts, dispatches, positions, photos, texts, articles and views, in order of time."""
        case, entries = await timeline.of_case(actor, case_id)
        await view_audit.at_case(actor, case)
        return CaseTimelineView(entries=entries)

    return routes
