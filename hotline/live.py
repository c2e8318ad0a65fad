"""The state of this moment: what the switch and people have told, in memory."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.agents.service import AgentRegistry
from hotline.calls.model import CallsState
from hotline.queue.model import QueuesState
from hotline.recent import RecentCalls


@dataclass(frozen=True, slots=True, eq=False)
class LiveState:
    """`recent` are calls that have just ended. Each is changed in place."""

    calls: CallsState
    queues: QueuesState
    registry: AgentRegistry
    recent: RecentCalls
