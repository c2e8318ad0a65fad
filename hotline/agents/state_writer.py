"""Writes down each change of an agent's state: durable, in order, and never waited for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from core.metrics import counter, gauge
from core.storage import Storage, WriteBehindQueue
from hotline.agents import store
from hotline.agents.model import Move
from hotline.agents.store import LastSeen
from hotline.events import AgentMoved

_dropped = counter("hotline_agent_moves_dropped", "Changes of agents' states that were not written down")
_waiting = gauge("hotline_agent_moves_waiting", "Changes of agents' states that wait for the database")

MOST_WAITING = 50_000
"""Half an hour of 200 agents at 10 short calls a second; beyond that the oldest give way."""
GATHER_S = 0.05
"""After the first change, before all that wait are written together."""
MOST_AGENTS = 10_000


class AgentStateWriter:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.write_behind: WriteBehindQueue[tuple[AgentMoved, LastSeen]] = WriteBehindQueue(
            self._write, what="a change of an agent's state", limit=MOST_WAITING, dropped=_dropped,
            waiting=_waiting, gather_s=GATHER_S,
        )  # fmt: skip

    def add(self, move: Move, *, signed_in: bool, forced_by: str) -> None:
        """Have it written down; returns at once."""
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
        self.write_behind.add((event, row))

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
