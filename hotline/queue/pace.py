"""How long a call of each queue takes an agent, from the last calls; so, how long a caller will wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from hotline.agents.model import ON_THE_PHONE, Agent
from hotline.events import AgentState

KEPT = 50
ENOUGH = 5
MOST_QUEUES = 1_000
LONGEST_S = 3_600.0
"""A longer stay in a call or wrap-up says nothing about the next caller's wait."""

_WORKING = ON_THE_PHONE | {AgentState.WRAP_UP}
ON_DUTY = _WORKING | {AgentState.READY}


@dataclass(slots=True)
class QueuePace:
    """`usual_s` is taken for a queue until `ENOUGH` calls of it were measured."""

    usual_s: float
    _measured: dict[str, deque[float]] = field(default_factory=dict)
    _open: dict[str, tuple[str, float]] = field(default_factory=dict)

    def answered(self, agent_id: str, queue: str, at: float) -> None:
        """The agent has a call of this queue from now on; `at` is a Unix second."""
        self._open[agent_id] = (queue, at)

    def moved(self, agent_id: str, state: AgentState, at: float) -> None:
        """The agent's state is this now: free again, he has finished the call."""
        if state in _WORKING or agent_id not in self._open:
            return
        queue, began = self._open.pop(agent_id)
        took = at - began
        if not 0 < took <= LONGEST_S or (queue not in self._measured and len(self._measured) >= MOST_QUEUES):
            return
        self._measured.setdefault(queue, deque(maxlen=KEPT)).append(took)

    def handling_s(self, queue: str) -> float:
        measured = self._measured.get(queue, ())
        return sum(measured) / len(measured) if len(measured) >= ENOUGH else self.usual_s

    def expected_s(self, queue: str, position: int, agents: Iterable[Agent]) -> float:
        """The wait of the caller at `position` (from 1). `agents` are those who serve the queue.

        Each agent takes the next caller when he is free; callers are taken in turn. With nobody on duty it is
        as if one were.
        """
        states = [agent.shown for agent in agents]
        free = states.count(AgentState.READY)
        if position <= free:
            return 0.0
        on_duty = max(1, sum(state in ON_DUTY for state in states))
        return (position - free) * self.handling_s(queue) / on_duty
