"""The ledger's routes. Numbers are masked by default; playing recordings and revealing numbers is audited."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi import Path as FastPath
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from cdr.ports import CurrentActor
from cdr.recordings.playing import playing
from cdr.search import MOST_CALLS, Search
from cdr.service import LedgerService
from cdr.views import LedgerCallPage, LedgerCallRecord, TranscriptView
from core.actor import Actor
from core.answers import answers
from core.routes import RoomRouter


class EraseOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    op_id: UUID
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    alone: bool = Field(
        default=False, description="nobody else is there now: done at once, a second person follows"
    )


_Word = Annotated[str, Query(max_length=80)]
_Moment = Annotated[datetime | None, Query(description="ISO 8601 with offset")]


def router(ledger: LedgerService, current: CurrentActor) -> APIRouter:
    """`current` is the dependency that gives the signed-in person."""
    routes = RoomRouter(tags=["ledger"])

    @routes.get("/ledger/calls", **answers(LedgerCallPage))
    async def list_calls(
        actor: Annotated[Actor, Depends(current)],
        number: Annotated[str, Query(max_length=40)] = "",
        since: _Moment = None,
        until: _Moment = None,
        limit: Annotated[int, Query(ge=1, le=MOST_CALLS)] = 100,
        agent: _Word = "",
        queue: _Word = "",
        case: _Word = "",
        disposition: _Word = "",
        outcome: _Word = "",
        longer_s: Annotated[float | None, Query(ge=0)] = None,
        shorter_s: Annotated[float | None, Query(ge=0)] = None,
        cursor: Annotated[str, Query(max_length=200)] = "",
        direction: _Word = "",
    ) -> dict[str, Any]:
        search = Search(
            number,
            _aware(since),
            _aware(until),
            limit,
            agent,
            queue,
            case,
            disposition,
            outcome,
            longer_s,
            shorter_s,
            cursor,
            direction,
        )
        return await ledger.search(actor, search)

    @routes.get("/ledger/calls/{call_id}", **answers(LedgerCallRecord))
    async def show_call(
        call_id: Annotated[str, FastPath(max_length=160)],
        actor: Annotated[Actor, Depends(current)],
        reveal: bool = False,
    ) -> dict[str, Any]:
        return await ledger.call(actor, call_id, reveal=reveal)

    @routes.get("/ledger/recordings/{recording_id}", response_class=StreamingResponse)
    async def listen(
        recording_id: UUID,
        actor: Annotated[Actor, Depends(current)],
        wanted: Annotated[str, Header(alias="Range", max_length=200)] = "",
    ) -> Response:
        """The sound as WAV; `Range` is honoured, so that a player can seek."""
        return playing(await ledger.listen(actor, recording_id), wanted)

    @routes.post("/ledger/calls/{call_id}/erase")
    async def erase(
        call_id: UUID, order: EraseOrder, actor: Annotated[Actor, Depends(current)]
    ) -> dict[str, Any]:
        """`request` is that for a second person; `erased` counts the records once it is done."""
        asked = await ledger.order_erasure(actor, call_id, order.reason, order.op_id, alone=order.alone)
        count = asked.outcome if asked.state == "done" else ""
        return {"erased": int(count) if count.isdigit() else None, "request": asked.told()}

    @routes.get("/calls/{call_id}/transcript", **answers(TranscriptView))
    async def transcript(call_id: UUID, actor: Annotated[Actor, Depends(current)]) -> dict[str, Any]:
        return await ledger.transcript(actor, call_id)

    return routes


def _aware(moment: datetime | None) -> datetime | None:
    """A time without an offset is UTC."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)
