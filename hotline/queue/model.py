"""Who waits, and who is a member as the switch has it. The ledger of agents compares itself with this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hotline.signals import ChannelDown, MemberGone, MemberSeen, QueueAbandoned, QueueJoined, QueueLeft

QueueSignal = QueueJoined | QueueLeft | QueueAbandoned | ChannelDown | MemberSeen | MemberGone

MOST_QUEUES = 1_000
MOST_WAITING = 10_000
"""Far beyond what a switch holds: a flood of invented queues or callers must not grow memory."""


@dataclass(slots=True, eq=False)
class Queue:
    """`waiting` is when each caller joined, by Uniqueid; `members` by interface. Counts since start."""

    name: str
    waiting: dict[str, float] = field(default_factory=dict)
    members: dict[str, MemberSeen] = field(default_factory=dict)
    joined: int = 0
    answered: int = 0
    abandoned: int = 0


@dataclass(slots=True, eq=False)
class Queues:
    by_name: dict[str, Queue] = field(default_factory=dict)
    queue_of: dict[str, Queue] = field(default_factory=dict)
    """The queue in which a channel waits, by Uniqueid."""

    def named(self, name: str) -> Queue:
        queue = self.by_name.get(name)
        if queue is None:
            queue = Queue(name)
            if name and len(self.by_name) < MOST_QUEUES:
                self.by_name[name] = queue
        return queue


def apply(state: Queues, signal: QueueSignal, at: float) -> tuple[Queues, Queue | None]:
    """The state after the signal, and the queue that has changed."""
    match signal:
        case QueueJoined():
            return state, _join(state, signal, at)
        case QueueLeft() | QueueAbandoned() | ChannelDown():
            return state, _leave(state, signal.uniqueid)
        case MemberSeen():
            queue = state.named(signal.queue)
            if queue.members.get(signal.interface) == signal:
                return state, None
            queue.members[signal.interface] = signal
            return state, queue
        case MemberGone():
            queue = state.named(signal.queue)
            return state, queue if queue.members.pop(signal.interface, None) else None


def apply_snapshot(
    state: Queues,
    names: Sequence[str],
    members: Sequence[MemberSeen],
    waiting: Sequence[tuple[str, str, float]],
) -> Queues:
    """The state with exactly these members and waiting callers (queue, Uniqueid, time of joining)."""
    state.queue_of.clear()
    for queue in state.by_name.values():
        queue.members.clear()
        queue.waiting.clear()
    for name in names:
        state.named(name)
    for member in members:
        state.named(member.queue).members[member.interface] = member
    for name, uniqueid, joined in waiting:
        queue = state.named(name)
        queue.waiting[uniqueid] = joined
        state.queue_of[uniqueid] = queue
    return state


def _join(state: Queues, signal: QueueJoined, at: float) -> Queue | None:
    queue = state.named(signal.queue)
    if signal.uniqueid in queue.waiting or len(state.queue_of) >= MOST_WAITING:
        return None
    _leave(state, signal.uniqueid)
    queue.waiting[signal.uniqueid] = at
    queue.joined += 1
    state.queue_of[signal.uniqueid] = queue
    return queue


def _leave(state: Queues, uniqueid: str) -> Queue | None:
    queue = state.queue_of.pop(uniqueid, None)
    if queue is not None:
        queue.waiting.pop(uniqueid, None)
    return queue
