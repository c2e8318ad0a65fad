"""The routes of talkgroup playback. Every answer is audited."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi import Path as FastPath
from fastapi.responses import StreamingResponse

from cdr.playback.service import LONGEST_S, LONGEST_TALKS_S, PlaybackService
from cdr.ports import CurrentActor
from cdr.recordings.playing import playing
from cdr.views import PlaybackView, RecordedTransmissions
from core.actor import Actor
from core.answers import answers
from core.routes import RoomRouter

MINUTES_S = 600.0
"""How much is recalled when nothing is said: the last ten minutes."""

_Group = Annotated[str, FastPath(max_length=64)]
_Until = Annotated[datetime | None, Query(description="ISO 8601 with offset; without it, until now")]
_Silence = Annotated[Literal["keep", "drop"], Query(description="drop: only while somebody talked")]


def router(playback: PlaybackService, current: CurrentActor) -> APIRouter:
    """`current` is the dependency that gives the signed-in person."""
    routes = RoomRouter(tags=["ledger"])

    @routes.get("/talkgroups/{talkgroup}/playback", response_class=StreamingResponse)
    @routes.get("/talkgroups/{talkgroup}/recall", response_class=StreamingResponse, deprecated=True)
    async def listen(
        talkgroup: _Group,
        actor: Annotated[Actor, Depends(current)],
        seconds: Annotated[float, Query(gt=0, le=LONGEST_S)] = MINUTES_S,
        until: _Until = None,
        silence: _Silence = "keep",
        wanted: Annotated[str, Header(alias="Range", max_length=200)] = "",
    ) -> Response:
        """The sound as WAV. `Range` is honoured; who asks for parts gives `until`, so that all are of one
        time.
        """
        found = await playback.listen(actor, talkgroup, seconds=seconds, until=_aware(until), silence=silence)
        return playing(found, wanted)

    @routes.get("/talkgroups/{talkgroup}/playback/transmissions", **answers(PlaybackView))
    @routes.get("/talkgroups/{talkgroup}/recall/talks", deprecated=True, **answers(PlaybackView))
    async def transmissions(
        talkgroup: _Group,
        actor: Annotated[Actor, Depends(current)],
        seconds: Annotated[float, Query(gt=0, le=LONGEST_TALKS_S)] = MINUTES_S,
        until: _Until = None,
        silence: _Silence = "keep",
    ) -> dict[str, Any]:
        return await playback.talks(actor, talkgroup, seconds=seconds, until=_aware(until), silence=silence)

    @routes.get("/ledger/recordings/{recording_id}/talks", **answers(RecordedTransmissions))
    async def spans(recording_id: UUID, actor: Annotated[Actor, Depends(current)]) -> dict[str, Any]:
        return await playback.spans(actor, recording_id)

    return routes


def _aware(moment: datetime | None) -> datetime | None:
    """A time without an offset is UTC."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)
