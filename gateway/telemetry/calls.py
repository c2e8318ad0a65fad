"""A call as spans: the whole, its waiting and its talk, and each act of call control."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from core.bus import Bus
from gateway.telemetry.model import SERVER, TelemetrySpan, nanoseconds, new_span, root_of, trace_of
from hotline.events import CallActed, CallClosed


class CallSpans:
    """Subscribe before the bus starts. Neither numbers nor people are in a span."""

    def __init__(self, add: Callable[[TelemetrySpan], None]) -> None:
        self._add = add

    def subscribe(self, bus: Bus) -> None:
        bus.subscribe(CallClosed, self._on_closed, name="telemetry.calls")
        bus.subscribe(CallActed, self._on_acted, name="telemetry.acts")

    async def _on_closed(self, event: CallClosed) -> None:
        for span in spans_of(event):
            self._add(span)

    async def _on_acted(self, event: CallActed) -> None:
        at = nanoseconds(event.at)
        self._add(
            TelemetrySpan(
                trace_of(event.call_id), new_span(), f"act {event.verb}", at, at, root_of(event.call_id),
                failed=event.outcome != "done", attributes={"songhua.op_id": str(event.op_id)},
            )
        )  # fmt: skip


def spans_of(event: CallClosed) -> Iterator[TelemetrySpan]:
    """Pure."""
    trace, root = trace_of(event.call_id), root_of(event.call_id)

    def part(name: str, begin: datetime, end: datetime) -> TelemetrySpan:
        return TelemetrySpan(trace, new_span(), name, nanoseconds(begin), nanoseconds(end), root)

    if event.queued_at is not None:
        yield part("waiting", event.queued_at, event.answered_at or event.ended_at)
    if event.answered_at is not None:
        yield part("talk", event.answered_at, event.ended_at)
    yield TelemetrySpan(
        trace, root, "call", nanoseconds(event.began_at), nanoseconds(event.ended_at), kind=SERVER,
        failed=event.cause == "lost",
        attributes={
            "songhua.call_id": str(event.call_id), "songhua.direction": event.direction,
            "songhua.queue": event.queue, "songhua.outcome": event.outcome.value,
            "songhua.cause": event.cause, "songhua.agents": len(event.agent_ids),
        },
    )  # fmt: skip
