"""The write-behind queue: takes a row at once and writes it to the database later; callers never wait."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Generic, TypeVar

from prometheus_client import Counter, Gauge

from core.log import logger
from core.metrics import counter
from core.storage.unit_of_work import StorageAway

_log = logger("core")

_given_up = counter(
    "storage_records_dropped",
    "Records given up: too many waited for the database, or it refused them",
    ["what"],
)

RETRY_S = 1.0
LAST_S = 1.0

T = TypeVar("T")


class WriteBehindQueue(Generic[T]):
    """Writes what is added, in order, up to `at_once` in one go; beyond `limit` the oldest gives way.

    `write` keeps all of what it is given or nothing, and raises `StorageAway` while the database is away:
    then it is tried again. Where it fails otherwise each is tried by itself, so that one that cannot be
    written takes no other with it. `gather_s` is waited after the first, for others to come along. `what`
    names it in the log.
    """

    def __init__(
        self,
        write: Callable[[Sequence[T]], Awaitable[None]],
        *,
        what: str,
        limit: int,
        dropped: Counter,
        waiting: Gauge,
        at_once: int = 100,
        gather_s: float = 0.0,
        gives_way: Callable[[T], None] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._write = write
        self._what = what
        # Shown from the start: the first one is a rise from 0, and no figure that appears.
        self._given_up = _given_up.labels(what)
        self._limit = limit
        self._dropped = dropped
        self._waiting = waiting
        self._at_once = at_once
        self._gather_s = gather_s
        self._gives_way = gives_way
        self._sleep = sleep
        self._writing = asyncio.Lock()
        self._queue: deque[T] = deque()
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._queue)

    def add(self, item: T) -> None:
        """Have it written; returns at once and never raises."""
        if len(self._queue) >= self._limit:
            oldest = self._queue.popleft()
            self._dropped.inc()
            self._given_up.inc()
            if self._gives_way is not None:
                self._gives_way(oldest)
        self._queue.append(item)
        self._waiting.set(len(self._queue))
        self._arrived.set()

    async def run(self) -> None:
        """Write until cancelled; a database that is away is waited for."""
        while True:
            await self._arrived.wait()
            if self._gather_s:
                await self._sleep(self._gather_s)
            self._arrived.clear()
            await self.write_waiting()

    async def write_waiting(self) -> None:
        """Write all that waits now."""
        async with self._writing:
            await self._write_waiting()

    async def write_soon(self, within_s: float) -> None:
        """Write what waits, if the database takes it within so many seconds; never raises."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self.write_waiting()

    async def write_last(self) -> None:
        """Write what is left at the end, if the database takes it soon; never raises."""
        await self.write_soon(LAST_S)

    async def _write_waiting(self) -> None:
        apart = 0
        while self._queue:
            batch = list(islice(self._queue, 1 if apart else self._at_once))
            apart = max(0, apart - 1)
            try:
                await self._write(batch)
            except StorageAway:
                await self._sleep(RETRY_S)
                continue
            except Exception:  # noqa: BLE001  # what cannot be written must not stop what follows
                if len(batch) > 1:
                    apart = len(batch)
                    continue
                self._dropped.inc()
                self._given_up.inc()
                _log.exception("it was not written down", what=self._what)
            # While the batch was being written, the oldest may have given way.
            while batch and self._queue:
                if self._queue[0] is batch[0]:
                    self._queue.popleft()
                del batch[0]
            self._waiting.set(len(self._queue))
