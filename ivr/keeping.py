"""Hands on what flows have to tell: live events at once, durable ones written behind, never waited for."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from core.bus import Bus
from core.clock import Clock
from core.events import Event
from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway

_log = logger("ivr")
_dropped = counter("ivr_events_dropped", "Surveys and voicemails not written down")
_waiting = gauge("ivr_events_waiting", "Surveys and voicemails that wait for the database")

MOST_WAITING: Final = 10_000
"""Hours of a mega-city's surveys; beyond that the oldest give way."""
RETRY_S: Final = 1.0


class Keeping:
    """`keep` fills `ivr.ports.IvrPorts.keep`."""

    def __init__(self, storage: Storage, bus: Bus, clock: Clock) -> None:
        self._storage = storage
        self._bus = bus
        self._clock = clock
        self._waiting: deque[Event] = deque()
        self._arrived = asyncio.Event()

    def keep(self, event: Event) -> None:
        """Returns at once, and never raises."""
        if event.DELIVERY == "live":
            self._bus.publish(event)
            return
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            _dropped.inc()
        self._waiting.append(event)
        _waiting.set(len(self._waiting))
        self._arrived.set()

    async def write(self) -> None:
        """Write what is to be written until cancelled; a database that is away is waited for."""
        while True:
            self._arrived.clear()
            while self._waiting:
                event = self._waiting[0]
                try:
                    async with self._storage.write() as transaction:
                        await transaction.emit(event, stream=f"call:{getattr(event, 'call_id', event.id)}")
                except StorageAway:
                    await self._clock.sleep(RETRY_S)
                    continue
                except Exception:  # noqa: BLE001  # one that cannot be written must not stop the others
                    _dropped.inc()
                    _log.exception("an event of a flow was not written down", type=event.TYPE)
                if self._waiting and self._waiting[0] is event:
                    self._waiting.popleft()
                _waiting.set(len(self._waiting))
            await self._arrived.wait()
