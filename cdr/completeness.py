"""Checks that the records of ended calls are complete: one on demand, those of the last days every night."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from cdr import record
from cdr.calls.store import calls
from cdr.complete import complete
from core.log import logger
from core.metrics import gauge
from core.storage import Storage, StorageAway

_log = logger("cdr")
_incomplete = gauge("cdr_calls_incomplete", "Calls of the last days whose record lacks something", ["what"])
_checked = gauge("cdr_calls_checked", "Calls of the last days whose records were checked")

WINDOW = timedelta(days=2)
SETTLED = timedelta(minutes=5)
"""A record is looked at when its recordings have had time to settle."""
TO_SAY = timedelta(hours=24)
"""So long an agent may take to say what a call was about."""
PAGE = 100
FIRST_AFTER_S = 600.0
WHATS = (
    "end", "call", "legs", "leg", "recording", "transcript", "agent state", "pause", "disposition", "seal",
)  # fmt: skip
RETRY_S = 60.0


class Completeness:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def of_call(self, wanted: str) -> tuple[UUID, list[str]]:
        """The call's id and what its record lacks. Raises `UnknownCall`, `StorageAway`."""
        async with self._storage.read() as connection:
            call_id = await record.find(connection, wanted)
            return call_id, self._missing(await record.whole(connection, call_id))

    async def since(self, begin: datetime) -> AsyncIterator[tuple[UUID, list[str]]]:
        """Every ended call since then, oldest first, with what its record lacks."""
        last: tuple[datetime, UUID] | None = None
        until = self._storage.clock.now() - SETTLED
        while True:
            statement = (
                select(calls.c.call_id, calls.c.ended_at)
                .where(calls.c.ended_at >= begin, calls.c.ended_at <= until, calls.c.merged_into.is_(None))
                .order_by(calls.c.ended_at, calls.c.call_id)
                .limit(PAGE)
            )
            if last is not None:
                at, before = last
                statement = statement.where(
                    or_(calls.c.ended_at > at, (calls.c.ended_at == at) & (calls.c.call_id > before))
                )
            async with self._storage.read() as connection:
                rows = (await connection.execute(statement)).all()
            if not rows:
                return
            last = (rows[-1].ended_at, rows[-1].call_id)
            for row in rows:
                async with self._storage.read() as connection:
                    found = await record.whole(connection, row.call_id)
                yield row.call_id, self._missing(found)

    async def sweep(self) -> None:
        """Look at the last days and set the metrics."""
        counts = dict.fromkeys(WHATS, 0)
        checked = 0
        async for call_id, missing in self.since(self._storage.clock.now() - WINDOW):
            checked += 1
            for what in {one.partition(":")[0] for one in missing}:
                counts[what] = counts.get(what, 0) + 1
            if missing:
                _log.warning("a call's record is incomplete", call_id=str(call_id), missing=len(missing))
            await asyncio.sleep(0)
        for what, count in counts.items():
            _incomplete.labels(what).set(count)
        _checked.set(checked)

    def _missing(self, found: dict[str, Any]) -> list[str]:
        ended = found["call"]["ended_at"]
        said = ended is not None and datetime.fromisoformat(ended) < self._storage.clock.now() - TO_SAY
        return complete(found, disposed=said)


async def daily(body: Callable[[], Awaitable[object]], every_s: float) -> None:
    """Run `body` some minutes after the start, then every `every_s`; an absent database is waited for."""
    await asyncio.sleep(min(FIRST_AFTER_S, every_s))
    while True:
        try:
            await body()
        except StorageAway:
            await asyncio.sleep(RETRY_S)
            continue
        await asyncio.sleep(every_s)
