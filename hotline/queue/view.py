"""A queue as the desk and the wallboard see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from hotline.agents.model import ON_THE_PHONE, PAUSES, Agent
from hotline.events import AgentState, QueueView
from hotline.queue.model import Queue


def view(queue: Queue, agents: Sequence[Agent], drift: int = 0) -> QueueView:
    """`agents` are those who are signed in and serve this queue; `drift` is how many members differ."""
    longest = min(queue.waiting.values(), default=None)
    states = [agent.shown for agent in agents]
    return QueueView(
        queue=queue.name,
        waiting=len(queue.waiting),
        longest_since=None if longest is None else datetime.fromtimestamp(longest, UTC),
        members=len(states),
        ready=states.count(AgentState.READY),
        busy=sum(state in ON_THE_PHONE or state is AgentState.WRAP_UP for state in states),
        paused=sum(state in PAUSES for state in states),
        joined=queue.joined,
        answered=queue.answered,
        abandoned=queue.abandoned,
        drift=drift,
    )
