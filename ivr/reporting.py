"""Publishes the events of flows: live ones at once, durable ones through a write-behind queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.bus import Bus
from core.clock import Clock
from core.events import Event
from core.metrics import counter, gauge
from core.storage import Storage, WriteBehindQueue

_dropped = counter("ivr_events_dropped", "Surveys and voicemails not written down")
_waiting = gauge("ivr_events_waiting", "Surveys and voicemails that wait for the database")

MOST_WAITING: Final = 10_000
"""Hours of a mega-city's surveys; beyond that the oldest give way."""


class FlowEventWriter:
    """`keep` fills `ivr.ports.IvrPorts.keep`."""

    def __init__(self, storage: Storage, bus: Bus, clock: Clock) -> None:
        self._storage = storage
        self._bus = bus
        self.write_behind: WriteBehindQueue[Event] = WriteBehindQueue(
            self._write, what="an event of a flow", limit=MOST_WAITING, dropped=_dropped, waiting=_waiting,
            sleep=clock.sleep,
        )  # fmt: skip

    def keep(self, event: Event) -> None:
        """Returns at once, and never raises."""
        if event.DELIVERY == "live":
            self._bus.publish(event)
            return
        self.write_behind.add(event)

    async def _write(self, batch: Sequence[Event]) -> None:
        async with self._storage.write() as transaction:
            for event in batch:
                await transaction.emit(event, stream=f"call:{getattr(event, 'call_id', event.id)}")
