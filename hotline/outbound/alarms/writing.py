"""Writes calls for alarms down: each before it is placed, and what becomes of it behind, in order. Row and
event commit together; who was called, and who acknowledged by telephone, is audited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.actor import Actor, system
from core.clock import Clock
from core.metrics import counter, gauge
from core.storage import Behind, Storage
from hotline.outbound.alarms import store
from hotline.outbound.alarms.events import AlarmCallChanged
from hotline.outbound.alarms.model import Attempt
from hotline.outbound.alarms.view import moment, view
from hotline.ports import Audit

_dropped = counter("hotline_alarm_call_lines_dropped", "Steps of calls for alarms that were not written down")
_waiting = gauge("hotline_alarm_call_lines_waiting", "Steps of calls for alarms that wait for the database")

MOST_WAITING = 5_000
CALLER = system("alarm-calls")


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """`event` is made once: it is emitted once, however often the line is tried."""

    attempt: Attempt
    event: AlarmCallChanged


class Writer:
    def __init__(self, storage: Storage, audit: Audit | None, clock: Clock) -> None:
        self._storage = storage
        self._audit = audit
        self.behind: Behind[Line] = Behind(
            self._write_each, what="a call for an alarm", limit=MOST_WAITING, dropped=_dropped,
            waiting=_waiting, at_once=1, sleep=clock.sleep,
        )  # fmt: skip

    async def begin(self, attempt: Attempt, longest_s: float) -> bool:
        """Write down a call that is about to be placed. False: it is there already, and not ours to place.

        Raises `StorageAway`: then it must not be placed.
        """
        async with self._storage.write() as transaction:
            if not await store.begin(transaction.connection, attempt, longest_s):
                return False
            await transaction.emit(self._event(attempt, attempt.began), stream=_stream(attempt))
        return True

    def add(self, attempt: Attempt, at: float) -> None:
        """Have the call as it is now written down; returns at once."""
        self.behind.add(Line(attempt, self._event(attempt, at)))

    @staticmethod
    def _event(attempt: Attempt, at: float) -> AlarmCallChanged:
        return AlarmCallChanged(at=moment(at), call=view(attempt))

    async def _write_each(self, lines: Sequence[Line]) -> None:
        for line in lines:
            async with self._storage.write() as transaction:
                await store.save(transaction.connection, line.attempt)
                await transaction.emit(line.event, stream=_stream(line.attempt))
            await self._audited(line.attempt)

    async def _audited(self, attempt: Attempt) -> None:
        if self._audit is None or attempt.stage != "over":
            return
        detail = {"user": attempt.callee.user_id, "number": attempt.number, "outcome": attempt.outcome}
        await self._audit.record(CALLER, "alarm-call", f"emergency:{attempt.alarm_id}", detail)
        if attempt.outcome == "acknowledged":
            who = Actor(attempt.callee.user_id, attempt.callee.name)
            about = f"emergency:{attempt.alarm_id}"
            await self._audit.record(who, "emergency-acknowledge-by-telephone", about, detail)


def _stream(attempt: Attempt) -> str:
    return f"alarm-call:{attempt.alarm_id}"
