"""Delivers events to the sink: durable ones through the spool, in order, until acknowledged; partials once.

Nothing here ever makes a stream wait: queues are bounded, a full one drops its oldest and counts it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import OrderedDict, deque
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from core.events import parse
from core.log import logger
from core.metrics import counter, gauge
from core.tasks import Tasks
from speech.events import TranscriptEnded, TranscriptGap, TranscriptSegment
from speech.ports import DurableEvent, SegmentSink
from speech.spool import Spool, Stored

_log = logger("speech")
_failed = counter("speech_deliveries_failed", "Deliveries that were not acknowledged", ["kind"])
_lost = counter("speech_events_lost", "Events dropped before they could be stored", ["kind"])
_waiting = gauge("speech_events_waiting", "Durable events not yet stored on disk")

FRESH_MAX = 1000
PARTIALS_MAX = 256
BATCH = 50
ACK_WITHIN_S = 10.0
PARTIAL_WITHIN_S = 2.0
FIRST_RETRY_S = 0.5
LAST_RETRY_S = 10.0
AWAY_RETRY_S = 1.0
"""Words reach the desk within two seconds of the broker's return, however long it was away."""
LOOK_AGAIN_S = 5.0


class SegmentDelivery:
    """Fills the port `Outlet` of the streams."""

    def __init__(self, sink: SegmentSink, spool: Spool) -> None:
        self._sink = sink
        self._spool = spool
        self._fresh: deque[DurableEvent] = deque()
        self._partials: OrderedDict[UUID, TranscriptSegment] = OrderedDict()
        self._stored = asyncio.Event()
        self._arrived = asyncio.Event()
        self._spoken = asyncio.Event()
        self._tasks = Tasks("speech.delivery")
        self.away = False
        self.disk_fails = False

    async def start(self) -> None:
        self._tasks.forever("store", self._store)
        self._tasks.forever("deliver", self._deliver)
        self._tasks.forever("partials", self._show)
        self._stored.set()

    async def stop(self) -> None:
        """End; what has not been stored yet is stored if the disk takes it."""
        await self._tasks.stop()
        try:
            while self._fresh:
                await self._spool.put(self._fresh[0].envelope())
                self._fresh.popleft()
        except sqlite3.Error:
            _lost.labels("durable").inc(len(self._fresh))

    def durable(self, event: DurableEvent) -> None:
        if isinstance(event, TranscriptSegment):
            self._partials.pop(event.segment_id, None)
        self._fresh.append(event)
        if len(self._fresh) > FRESH_MAX:
            self._fresh.popleft()
            _lost.labels("durable").inc()
        _waiting.set(len(self._fresh))
        self._arrived.set()

    def partial(self, event: TranscriptSegment) -> None:
        self._partials[event.segment_id] = event
        if len(self._partials) > PARTIALS_MAX:
            self._partials.popitem(last=False)
            _lost.labels("partial").inc()
        self._spoken.set()

    async def _store(self) -> None:
        delay = FIRST_RETRY_S
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._fresh:
                event = self._fresh[0]
                try:
                    await self._spool.put(event.envelope())
                except sqlite3.Error:
                    self.disk_fails = True
                    _failed.labels("spool").inc()
                    await asyncio.sleep(delay)
                    delay = min(LAST_RETRY_S, delay * 2)
                    continue
                self.disk_fails = False
                delay = FIRST_RETRY_S
                if self._fresh and self._fresh[0] is event:
                    self._fresh.popleft()
                self._stored.set()
            _waiting.set(0)

    async def _deliver(self) -> None:
        while True:
            self._stored.clear()
            rows = await self._spool.oldest(BATCH)
            if not rows:
                await self._look_again()
                continue
            if not await self._deliver_all(rows):
                await asyncio.sleep(AWAY_RETRY_S)

    async def _deliver_all(self, rows: list[Stored]) -> bool:
        """False at the first one that is not acknowledged: the order is kept."""
        for stored in rows:
            event = _read(stored.envelope)
            if event is not None and not await self._acknowledged(event):
                return False
            await self._spool.delivered(stored.row)
        return True

    async def _acknowledged(self, event: DurableEvent) -> bool:
        try:
            async with asyncio.timeout(ACK_WITHIN_S):
                await self._sink.publish(event)
        except Exception as error:  # noqa: BLE001  # any failure of the sink means: not acknowledged
            self.away = True
            _failed.labels("durable").inc()
            _log.warning("transcript not acknowledged", cause=type(error).__name__)
            return False
        self.away = False
        return True

    async def _show(self) -> None:
        while True:
            await self._spoken.wait()
            self._spoken.clear()
            while self._partials:
                _, event = self._partials.popitem(last=False)
                try:
                    async with asyncio.timeout(PARTIAL_WITHIN_S):
                        await self._sink.publish(event)
                except Exception:  # noqa: BLE001  # a partial is lossy: the next one replaces it
                    _failed.labels("partial").inc()

    async def _look_again(self) -> None:
        try:
            async with asyncio.timeout(LOOK_AGAIN_S):
                await self._stored.wait()
        except TimeoutError:
            return


def _read(envelope: dict[str, Any]) -> DurableEvent | None:
    """The stored event, or None for one that this version no longer knows: it is counted and let go."""
    try:
        event = parse(envelope)
    except (KeyError, ValidationError):
        event = None
    if isinstance(event, TranscriptSegment | TranscriptGap | TranscriptEnded):
        return event
    _lost.labels("unreadable").inc()
    return None
