"""The desk's routes of reports: what the citizen wrote, and the pictures. Every look is audited."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from cases.events import CaseSource
from citizen import rights
from citizen.errors import NoSuchPicture, NoSuchReport
from citizen.ports import CurrentReader, ReportReadable
from citizen.reports import additions, store
from core.actor import Actor
from core.place import Position
from core.routes import RoomRouter
from core.storage import Storage
from core.views import Views


class AddedWords(BaseModel):
    """What the reporter added later; its pictures are among the report's."""

    at: datetime
    text: str


class ReportRating(BaseModel):
    """How the reporter rated it: 1 to 5 stars."""

    stars: int
    solved: bool | None
    words: str


class CitizenReportView(BaseModel):
    """A report as an agent reads it; empty texts and no pictures once its time is over. `case_number` is
    empty until it is filed.
    """

    report_id: UUID
    number: str
    source: CaseSource
    received_at: datetime
    text: str
    place: str
    phone: str
    position: Position | None
    case_number: str
    picture_ids: list[UUID]
    additions: list[AddedWords] = []
    rating: ReportRating | None = None


def report_routes(storage: Storage, user: CurrentReader, views: Views, may_read: ReportReadable) -> APIRouter:
    """The report has the id of the draft that was made of it."""
    routes = RoomRouter(tags=["citizen"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/drafts/{draft_id}/report")
    async def one(draft_id: UUID, actor: person) -> CitizenReportView:
        rights.READ.check(actor)
        return await shown(draft_id, actor)

    @routes.get("/cases/{case_id}/report")
    async def of_case(case_id: UUID, actor: person) -> CitizenReportView:
        """The report that a case was filed from."""
        rights.READ.check(actor)
        async with storage.read() as connection:
            found = await store.of_case(connection, case_id)
        if found is None:
            raise NoSuchReport(remedy="the case came by another way")
        return await shown(found.report_id, actor)

    async def shown(draft_id: UUID, actor: Actor) -> CitizenReportView:
        await may_read(actor, draft_id)
        async with storage.read() as connection:
            found = await store.get(connection, draft_id)
            if found is None:
                raise NoSuchReport(remedy="reload the list of reports")
            pictures = await store.picture_ids(connection, draft_id)
            added = await additions.of_report(connection, draft_id)
            rating = await additions.rating_of(connection, draft_id)
        await views.viewed(actor, "view-report", f"report:{found.number}")
        return CitizenReportView(
            report_id=found.report_id,
            number=found.number,
            source=found.source,
            received_at=found.received_at,
            text=found.text,
            place=found.place,
            phone=found.phone,
            position=found.position,
            case_number=found.case_number,
            picture_ids=pictures,
            additions=[AddedWords(at=one.at, text=one.text) for one in added],
            rating=None
            if rating is None
            else ReportRating(stars=rating.stars, solved=rating.solved, words=rating.words),
        )

    @routes.get("/drafts/{draft_id}/report/pictures/{picture_id}", response_class=Response)
    async def picture(draft_id: UUID, picture_id: UUID, actor: person) -> Response:
        """The picture without what it says of its place, time and maker."""
        rights.READ.check(actor)
        await may_read(actor, draft_id)
        async with storage.read() as connection:
            found = await store.picture(connection, draft_id, picture_id)
        if found is None:
            raise NoSuchPicture(remedy="reload the report")
        await views.viewed(actor, "view-report-picture", f"report:{draft_id}")
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(found.content, media_type=found.kind, headers=headers)

    return routes
