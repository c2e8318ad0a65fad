"""Tells the desk what has changed: many changes of one call, agent or queue become one event.

Pops and endings do not come this way: they are published at once.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from core.bus import Bus
from core.clock import Clock
from hotline.board import Board
from hotline.calls.model import CallsState
from hotline.events import AgentChanged, CallChanged, QueueChanged
from hotline.queue.model import QueuesState


class Notifier:
    """What has changed since the last `flush`; each call, agent and queue is held once."""

    def __init__(
        self, *, board: Board, calls: CallsState, queues: QueuesState, bus: Bus, clock: Clock
    ) -> None:
        self._board = board
        self._known_calls = calls
        self._known_queues = queues
        self._bus = bus
        self._clock = clock
        self._calls: dict[UUID, None] = {}
        self._agents: dict[str, None] = {}
        self._queues: dict[str, None] = {}
        self._changed = asyncio.Event()

    def call(self, call_id: UUID) -> None:
        self._calls[call_id] = None
        self._changed.set()

    def agent(self, agent_id: str) -> None:
        self._agents[agent_id] = None
        self._changed.set()

    def queue(self, name: str) -> None:
        self._queues[name] = None
        self._changed.set()

    def flush(self) -> None:
        """Publish one event for each call that lives, each agent and each queue that has changed."""
        now = self._clock.now()
        calls, self._calls = self._calls, {}
        agents, self._agents = self._agents, {}
        names, self._queues = self._queues, {}
        for call_id in calls:
            call = self._known_calls.by_id.get(call_id)
            if call is not None:
                self._bus.publish(CallChanged(at=now, call_id=call_id, call=self._board.of_call(call)))
        for agent_id in agents:
            agent = self._board.agent(agent_id)
            if agent is not None:
                self._bus.publish(AgentChanged(at=now, agent=agent))
        for name in names:
            queue = self._known_queues.by_name.get(name)
            if queue is not None:
                self._bus.publish(QueueChanged(at=now, queue=self._board.of_queue(queue)))

    async def run(self, every_s: float) -> None:
        """Flush as soon as something changes, then at most once in `every_s`; until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            self.flush()
            await asyncio.sleep(every_s)
