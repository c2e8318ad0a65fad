"""Writes down for which time a leg was not heard: durable, behind the call, and never waited for."""

from __future__ import annotations

from collections.abc import Sequence

from core.metrics import counter, gauge
from core.storage import Storage, WriteBehindQueue
from hotline.taps.events import LegUnheard

_dropped = counter("hotline_unheard_dropped", "Times without a transcript that were not written down")
_waiting = gauge("hotline_unheard_waiting", "Times without a transcript that wait for the database")

MOST_WAITING = 20_000
GATHER_S = 0.1


def unheard_times(storage: Storage) -> WriteBehindQueue[LegUnheard]:
    async def write(batch: Sequence[LegUnheard]) -> None:
        async with storage.write() as transaction:
            for event in batch:
                await transaction.emit(event, stream=f"leg:{event.leg_id}")

    return WriteBehindQueue(
        write, what="a time without a transcript", limit=MOST_WAITING, dropped=_dropped, waiting=_waiting,
        gather_s=GATHER_S,
    )  # fmt: skip
