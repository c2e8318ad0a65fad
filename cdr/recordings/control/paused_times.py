"""Stops transcript segments of a recording pause: they are not stored and not passed on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cdr.recordings.control.model import RunningPause
from core.metrics import counter
from speech.events import TranscriptGap, TranscriptSegment

_held_back = counter("cdr_words_of_pauses_held_back", "Segments that came although their call was paused")

CUT: Final = timedelta(seconds=0.5)
"""Who speaks as the pause begins is cut off within this time; what he had said was said before it."""
MOST_CALLS: Final = 5_000


def within(since: datetime, ended: datetime, begin: datetime, end: datetime) -> bool:
    """Whether any of what was said from `begin` to `end` was said in the pause."""
    return begin <= ended and (begin >= since or end > since + CUT)


def span(event: TranscriptSegment) -> tuple[datetime, datetime]:
    """When it was said."""
    return event.started_at, event.started_at + timedelta(seconds=event.end_s - event.start_s)


class PausedTimes:
    """The pauses of calls, in memory: those that run and those that were lately. Bounded by calls.

    A call that is joined to others has several ids, and what it says comes under any of them.
    """

    def __init__(self) -> None:
        self._by_call: OrderedDict[UUID, list[RunningPause]] = OrderedDict()

    def add(self, pause: RunningPause, names: Iterable[UUID]) -> None:
        """May be repeated, with further ids of its call."""
        for name in {pause.call_id, *names} - pause.names:
            pause.names.add(name)
            self._by_call.setdefault(name, []).append(pause)
            self._by_call.move_to_end(name)
        while len(self._by_call) > MOST_CALLS:
            self._by_call.popitem(last=False)

    def remove(self, pause: RunningPause) -> None:
        """Forget a pause that did not begin."""
        for name in pause.names & self._by_call.keys():
            self._by_call[name] = [one for one in self._by_call[name] if one is not pause]

    def hold(self, names: Iterable[UUID], begin: datetime, end: datetime, now: datetime) -> bool:
        """Whether any of this time lies in a pause of the call that has these ids."""
        pauses = (pause for name in names for pause in self._by_call.get(name, ()))
        return any(within(pause.since, pause.ended_at or now, begin, end) for pause in pauses)

    def admit(
        self, event: TranscriptSegment, names: Iterable[UUID], now: datetime
    ) -> TranscriptSegment | TranscriptGap | None:
        """The words, if they were not said in a pause; for final ones a gap instead, for a partial nothing.
        `names` are the ids of its call.

        What comes from a recording may pass: it holds nothing of a pause.
        """
        if event.gap_id is not None or not self.hold(names, *span(event), now):
            return event
        _held_back.inc()
        if not event.final:
            return None
        return TranscriptGap(
            call_id=event.call_id,
            leg_id=event.leg_id,
            segment_id=event.segment_id,
            speaker=event.speaker,
            start_s=event.start_s,
            end_s=event.end_s,
            started_at=event.started_at,
            reason="paused",
            node=event.node,
        )
