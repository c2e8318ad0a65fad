"""Routes of live views."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from core.actor import Actor
from core.models import Frozen
from core.operations import OperationRequest
from core.routes import RoomRouter
from sensing.live.service import CameraLive
from sensing.live.store import LiveEnd, RecordedView
from sensing.ports import CurrentUser


class LiveRequest(OperationRequest):
    """`case_number` is empty for a look that is of no case."""

    case_number: str = Field(default="", max_length=32)


class LiveViewRow(Frozen):
    """`until`: it ends then unless it goes on; without `ended_at` after `until`, the service was lost. With
    `plays_from` and `plays_to` it showed what was recorded then.
    """

    view_id: UUID
    code: str
    case_id: UUID | None
    case_number: str
    viewer: str
    began_at: datetime
    until: datetime
    ended_at: datetime | None
    ended_by: LiveEnd
    plays_from: datetime | None = None
    plays_to: datetime | None = None


class OpenedLiveView(LiveViewRow):
    """`mime` is what `GET …/video` sends, for Media Source Extensions; `seconds` are left."""

    mime: str
    seconds: float


class ExtendedLiveView(Frozen):
    until: datetime
    seconds: float


class LiveViewList(Frozen):
    views: list[LiveViewRow]


def live_routes(live: CameraLive, lasts: float, user: CurrentUser) -> APIRouter:
    """`lasts`: seconds of a view."""
    routes = RoomRouter(tags=["cameras"])
    person = Annotated[Actor, Depends(user)]

    @routes.post("/cameras/{code}/live", status_code=201)
    async def opened(code: str, body: LiveRequest, actor: person) -> OpenedLiveView:
        """Answered when the camera's first picture is here; audited."""
        row, mime = await live.open(actor, code, body.case_number, op_id=body.op_id)
        return opened_view(row, mime, lasts)

    @routes.get("/live-views")
    async def listed(case_id: UUID, actor: person) -> LiveViewList:
        """Who saw which camera live for a case, the newest first."""
        return LiveViewList(views=[_row(one) for one in await live.of_case(actor, case_id)])

    @routes.get("/live-views/{view_id}/video", response_class=StreamingResponse)
    async def video(view_id: UUID, actor: person) -> Response:
        """Fragments of MP4 as they are made, until the view ends. Once for each view."""
        return StreamingResponse(await live.video(actor, view_id), media_type="video/mp4")

    @routes.post("/live-views/{view_id}/extend")
    async def extend(view_id: UUID, actor: person) -> ExtendedLiveView:
        """It goes on for as long as a new one, from now."""
        return ExtendedLiveView(until=(await live.extend(actor, view_id)).until, seconds=lasts)

    @routes.post("/live-views/{view_id}/end", status_code=204)
    async def end(view_id: UUID, actor: person) -> None:
        await live.end(actor, view_id)

    return routes


def opened_view(row: RecordedView, mime: str, seconds: float) -> OpenedLiveView:
    return OpenedLiveView(**_row(row).model_dump(), mime=mime, seconds=seconds)


def _row(one: RecordedView) -> LiveViewRow:
    return LiveViewRow(
        view_id=one.view_id, code=one.code, case_id=one.case_id, case_number=one.case_number,
        viewer=one.viewer, began_at=one.began_at, until=one.until, ended_at=one.ended_at,
        ended_by=one.ended_by, plays_from=one.plays_from, plays_to=one.plays_to,
    )  # fmt: skip
