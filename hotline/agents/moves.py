"""Writes down each change of an agent's state: durable, in order, and never waited for."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice

from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway
from hotline.agents import store
from hotline.agents.model import Move
from hotline.agents.store import LastSeen
from hotline.events import AgentMoved

_log = logger("hotline")
_dropped = counter("hotline_agent_moves_dropped", "Changes of agents' states that were not written down")
_waiting = gauge("hotline_agent_moves_waiting", "Changes of agents' states that wait for the database")

MOST_WAITING = 50_000
"""Half an hour of 200 agents at 10 short calls a second; beyond that the oldest give way."""
AT_ONCE = 100
GATHER_S = 0.05
"""After the first change, before all that wait are written together."""
RETRY_S = 1.0
LAST_S = 1.0
MOST_AGENTS = 10_000


class Moves:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._queue: deque[tuple[AgentMoved, LastSeen]] = deque()
        self._arrived = asyncio.Event()

    def add(self, move: Move, *, signed_in: bool, forced_by: str) -> None:
        """Have it written down; returns at once."""
        if len(self._queue) >= MOST_WAITING:
            self._queue.popleft()
            _dropped.inc()
        at = _moment(move.at)
        event = AgentMoved(
            at=at,
            agent_id=move.agent_id,
            endpoint=move.endpoint,
            state=move.state,
            reason=move.reason,
            previous=move.previous,
            since=_moment(move.since),
            call_id=move.call_id,
            by=move.by,
        )
        row = LastSeen(move.agent_id, move.endpoint, signed_in, move.state.value, move.reason, forced_by, at)
        self._queue.append((event, row))
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
        """Write all that wait, many in one transaction; where that fails, each in its own."""
        apart = 0
        while self._queue:
            batch = list(islice(self._queue, 1 if apart else AT_ONCE))
            apart = max(0, apart - 1)
            try:
                await self._write(batch)
            except StorageAway:
                await asyncio.sleep(RETRY_S)
                continue
            except Exception:  # noqa: BLE001  # what cannot be written must not stop what follows
                if len(batch) > 1:
                    apart = len(batch)
                    continue
                _dropped.inc()
                _log.exception("a change of an agent's state was not written down")
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

    async def last_seen(self) -> Sequence[LastSeen]:
        """Raises `StorageAway`."""
        async with self._storage.read() as connection:
            return await store.all_agents(connection, MOST_AGENTS)

    async def _write(self, batch: Sequence[tuple[AgentMoved, LastSeen]]) -> None:
        async with self._storage.write() as transaction:
            await store.keep(transaction.connection, {row.agent_id: row for _, row in batch}.values())
            for event, _ in batch:
                await transaction.emit(event, stream=f"agent:{event.agent_id}")


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
