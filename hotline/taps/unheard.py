"""Writes down for which time a leg was not heard: durable, behind the call, and never waited for."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway
from hotline.taps.events import LegUnheard

_log = logger("hotline")
_dropped = counter("hotline_unheard_dropped", "Times without a transcript that were not written down")
_waiting = gauge("hotline_unheard_waiting", "Times without a transcript that wait for the database")

MOST_WAITING = 20_000
AT_ONCE = 100
GATHER_S = 0.1
RETRY_S = 1.0
LAST_S = 1.0


class UnheardTimes:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._queue: deque[LegUnheard] = deque()
        self._arrived = asyncio.Event()

    def add(self, event: LegUnheard) -> None:
        """Have it written down; returns at once."""
        if len(self._queue) >= MOST_WAITING:
            self._queue.popleft()
            _dropped.inc()
        self._queue.append(event)
        _waiting.set(len(self._queue))
        self._arrived.set()

    async def write(self) -> None:
        """Write until cancelled; a database that is away is waited for."""
        while True:
            await self._arrived.wait()
            await asyncio.sleep(GATHER_S)
            self._arrived.clear()
            await self.write_waiting()

    async def write_waiting(self) -> None:
        while self._queue:
            batch = [self._queue[at] for at in range(min(AT_ONCE, len(self._queue)))]
            try:
                async with self._storage.write() as transaction:
                    for event in batch:
                        await transaction.emit(event, stream=f"leg:{event.leg_id}")
            except StorageAway:
                await asyncio.sleep(RETRY_S)
                continue
            except Exception:  # noqa: BLE001  # what cannot be written must not stop what follows
                _dropped.inc(len(batch))
                _log.exception("times without a transcript were not written down")
            # While the batch was being written, the oldest may have given way.
            while batch and self._queue:
                if self._queue[0] is batch[0]:
                    self._queue.popleft()
                del batch[0]
            _waiting.set(len(self._queue))

    async def write_last(self) -> None:
        """Write what is left when the room stops, if the database takes it soon; never raises."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_S):
                await self.write_waiting()
