"""Closes calls without closing CEL rows: a killed Asterisk writes none. The ledger records who closed it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from cdr.calls.store import calls, closings, legs
from cdr.cel import store as cel
from cdr.ports import LiveCalls, LiveSnapshot
from core.log import logger
from core.metrics import counter
from core.storage import Storage, StorageAway
from core.storage.dialect import upsert

_log = logger("cdr")
_closed = counter("cdr_calls_closed_by_reader", "Calls without closing rows that the reader closed")

MOST_OPEN = 2_000
"""Calls looked at in one round; a city's worst hour has 450 at once."""


class Closer:
    """`caught_up` says that the CEL file is read to its end: before that, silence means nothing."""

    def __init__(
        self,
        storage: Storage,
        system_name: str,
        *,
        live: LiveCalls,
        caught_up: Callable[[], bool],
        quiet_s: float,
        blind_s: float,
    ) -> None:
        self._storage = storage
        self._system_name = system_name
        self._live = live
        self._caught_up = caught_up
        self._quiet = timedelta(seconds=quiet_s)
        self._blind = timedelta(seconds=blind_s)
        self._suspects: set[UUID] = set()

    async def run(self, poll_s: float) -> None:
        while True:
            try:
                await self.close_once()
            except StorageAway:
                self._suspects.clear()
            await asyncio.sleep(poll_s)

    async def close_once(self) -> int:
        """Close what was found dead twice in a row; how many were."""
        if not self._caught_up():
            return 0
        snapshot = await self._live.snapshot()
        async with self._storage.read() as connection:
            running = (
                await connection.execute(
                    select(calls)
                    .where(
                        calls.c.system_name == self._system_name,
                        calls.c.ended_at.is_(None),
                        calls.c.merged_into.is_(None),
                    )
                    .order_by(calls.c.started_at)
                    .limit(MOST_OPEN)
                )
            ).all()
        suspects: set[UUID] = set()
        closed = 0
        for call in running:
            last = await self._last_row(call)
            if last is None or not await self._is_dead(call, last, snapshot):
                continue
            if call.call_id in self._suspects:
                await self._close(call, last)
                closed += 1
            else:
                suspects.add(call.call_id)
        self._suspects = suspects
        return closed

    async def _last_row(self, call: Row[Any]) -> datetime | None:
        async with self._storage.read() as connection:
            found = await connection.execute(
                select(func.max(cel.rows.c.at)).where(
                    cel.rows.c.system_name == self._system_name, cel.rows.c.linkedid.in_(call.linkedids)
                )
            )
        last: datetime | None = found.scalar_one_or_none()
        return last

    async def _is_dead(self, call: Row[Any], last: datetime, snapshot: LiveSnapshot | None) -> bool:
        quiet = self._storage.clock.now() - last
        if snapshot is None:
            return quiet > self._blind
        if quiet <= self._quiet or not snapshot.ids.isdisjoint(call.linkedids):
            return False
        async with self._storage.read() as connection:
            channels = await connection.execute(select(legs.c.uniqueid).where(legs.c.call_id == call.call_id))
        return snapshot.ids.isdisjoint(channels.scalars())

    async def _close(self, call: Row[Any], last: datetime) -> None:
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            row = {"call_id": call.call_id, "last_row_at": last, "closed_at": now}
            await upsert(connection, closings, row, keys=["call_id"])
            await cel.mark(connection, self._system_name, call.linkedids, now)
        _closed.inc()
        _log.warning("a call had no closing rows and was closed by the reader", call_id=str(call.call_id))
