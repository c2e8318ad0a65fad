"""Routes of recordings and of clips of them."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import AwareDatetime, Field

from core.actor import Actor
from core.models import Frozen
from core.operations import OperationRequest
from core.routes import RoomRouter
from sensing.live.http import OpenedLiveView, opened_view
from sensing.ports import CurrentUser
from sensing.recordings.clips import CameraClips
from sensing.recordings.service import CameraRecordings
from sensing.recordings.store import ClipState, RecordedClip


class RecordingView(Frozen):
    begin: datetime
    end: datetime


class RecordingList(Frozen):
    """What the device has, by time; at most 500."""

    recordings: list[RecordingView]


class RecordingPlayback(OperationRequest):
    """At most an hour; `case_number` is empty for a look that is of no case."""

    begin: AwareDatetime
    end: AwareDatetime
    case_number: str = Field(default="", max_length=32)


class ClipRequest(OperationRequest):
    """At most `[sensing] clip_s` seconds; a clip is of a case."""

    begin: AwareDatetime
    end: AwareDatetime
    case_number: str = Field(min_length=1, max_length=32)


class ClipView(Frozen):
    """`why` it failed; `sha256`, `size` and `seconds` are of the video as it was kept, which is shorter than
    what was asked for where the recording has a gap.
    """

    clip_id: UUID
    code: str
    case_id: UUID
    case_number: str
    plays_from: datetime
    plays_to: datetime
    asked_at: datetime
    asked_by: str
    state: ClipState
    why: str
    kept_at: datetime | None
    seconds: float | None
    sha256: str
    size: int


class ClipList(Frozen):
    clips: list[ClipView]


def recording_routes(
    recordings: CameraRecordings, clips: CameraClips, lasts: float, user: CurrentUser
) -> APIRouter:
    """`lasts`: seconds of a view."""
    routes = RoomRouter(tags=["cameras"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/cameras/{code}/recordings")
    async def found(code: str, begin: AwareDatetime, end: AwareDatetime, actor: person) -> RecordingList:
        """What its device has recorded within a day at most; audited."""
        spans = await recordings.found(actor, code, begin, end)
        return RecordingList(recordings=[RecordingView(begin=one.begin, end=one.end) for one in spans])

    @routes.post("/cameras/{code}/playback", status_code=201)
    async def played(code: str, body: RecordingPlayback, actor: person) -> OpenedLiveView:
        """A view of what was recorded, to be seen and ended as a live one; audited."""
        row, mime = await recordings.play(
            actor, code, body.case_number, body.begin, body.end, op_id=body.op_id
        )
        return opened_view(row, mime, lasts)

    @routes.post("/cameras/{code}/clips", status_code=202)
    async def asked(code: str, body: ClipRequest, actor: person) -> ClipView:
        """What was recorded then is kept with the case as soon as its turn comes; audited."""
        clip = await clips.ask(actor, code, body.case_number, body.begin, body.end, op_id=body.op_id)
        return clip_view(clip)

    @routes.get("/clips")
    async def listed(case_id: UUID, actor: person) -> ClipList:
        """Clips of a case, the newest first."""
        return ClipList(clips=[clip_view(one) for one in await clips.of_case(actor, case_id)])

    @routes.get("/clips/{clip_id}/video", response_class=Response)
    async def look(clip_id: UUID, actor: person) -> Response:
        """The video, MP4; audited."""
        data = await clips.look(actor, clip_id)
        headers = {"Content-Disposition": f"inline; filename={clip_id}.mp4"}
        return Response(data, media_type="video/mp4", headers=headers)

    return routes


def clip_view(one: RecordedClip) -> ClipView:
    return ClipView(
        clip_id=one.clip_id, code=one.code, case_id=one.case_id, case_number=one.case_number,
        plays_from=one.plays_from, plays_to=one.plays_to, asked_at=one.asked_at, asked_by=one.asked_by,
        state=one.state, why=one.why, kept_at=one.kept_at, seconds=one.seconds, sha256=one.sha256,
        size=one.size,
    )  # fmt: skip
