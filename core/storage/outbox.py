"""The outbox relay: brings committed events to one destination, at least once, each stream in order.

A delivery that fails holds back only its own stream; it is tried again with a capped delay, for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import delete, select, update

from core.events import Event, parse
from core.log import logger
from core.metrics import counter, gauge
from core.storage.schema import outbox
from core.storage.unit_of_work import Storage, StorageAway

_log = logger("core")
_delivered = counter("outbox_delivered", "Durable events delivered", ["destination"])
_failed = counter("outbox_failed", "Failed deliveries, each tried again", ["destination"])
_waiting = gauge("outbox_waiting", "Events read and not yet delivered in the last pass", ["destination"])

BATCH = 200
POLL_S = 1.0
FIRST_RETRY_S = 0.5
LAST_RETRY_S = 30.0
KEEP = timedelta(days=7)


class OutboxRelay:
    """Relays the rows of `storage.origin` for one destination to `deliver`, which returns after the
    destination has taken the event, and raises when it has not.
    """

    def __init__(
        self, storage: Storage, destination: str, deliver: Callable[[Event], Awaitable[None]]
    ) -> None:
        self._storage = storage
        self._destination = destination
        self._deliver = deliver

    async def run(self) -> None:
        """Relay until cancelled; a database that is away is waited for."""
        while True:
            self._storage.committed.clear()
            try:
                busy = await self.relay_once()
            except StorageAway:
                _failed.labels(self._destination).inc()
                busy = 0
            if busy < BATCH:
                await self._wait()

    async def relay_once(self) -> int:
        """One pass over what is due; how many events were delivered."""
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            rows = (
                await connection.execute(
                    select(outbox)
                    .where(
                        outbox.c.origin == self._storage.origin,
                        outbox.c.destination == self._destination,
                        outbox.c.done_at.is_(None),
                    )
                    .order_by(outbox.c.seq)
                    .limit(BATCH)
                )
            ).all()
        _waiting.labels(self._destination).set(len(rows))
        held: set[str] = set()
        delivered = 0
        for row in rows:
            if row.stream in held:
                continue
            if row.due_at > now:
                held.add(row.stream)
                continue
            try:
                await self._deliver(parse(row.envelope))
            except Exception as error:  # noqa: BLE001  # whatever it was, the event stays and is tried again
                held.add(row.stream)
                _failed.labels(self._destination).inc()
                _log.warning(
                    "outbox delivery failed", destination=self._destination, event_id=str(row.event_id),
                    attempts=row.attempts + 1, error=type(error).__name__,
                )  # fmt: skip
                await self._postpone(row.seq, row.attempts + 1, error)
                continue
            delivered += 1
            await self._settle(row.seq)
            _delivered.labels(self._destination).inc()
        return delivered

    async def prune(self) -> int:
        """Forget what was delivered more than `KEEP` ago."""
        limit = self._storage.clock.now() - KEEP
        async with self._storage.write() as transaction:
            result = await transaction.connection.execute(delete(outbox).where(outbox.c.done_at < limit))
        return result.rowcount

    async def _settle(self, seq: int) -> None:
        async with self._storage.write() as transaction:
            await transaction.connection.execute(
                update(outbox).where(outbox.c.seq == seq).values(done_at=self._storage.clock.now())
            )

    async def _postpone(self, seq: int, attempts: int, error: Exception) -> None:
        delay = min(LAST_RETRY_S, FIRST_RETRY_S * 2 ** min(attempts - 1, 10))
        async with self._storage.write() as transaction:
            await transaction.connection.execute(
                update(outbox)
                .where(outbox.c.seq == seq)
                .values(
                    attempts=attempts,
                    due_at=self._storage.clock.now() + timedelta(seconds=delay),
                    last_error=type(error).__name__,
                )
            )

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._storage.committed.wait()
        except TimeoutError:
            return
