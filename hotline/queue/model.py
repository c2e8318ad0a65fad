"""Who waits, and who is a member as the switch has it. The ledger of agents compares itself with this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hotline.signals import ChannelDown, MemberGone, MemberSeen, QueueAbandoned, QueueJoined, QueueLeft

QueueSignal = QueueJoined | QueueLeft | QueueAbandoned | ChannelDown | MemberSeen | MemberGone

MOST_QUEUES = 1_000
MOST_WAITING = 10_000
MOST_MEMBERS = 5_000
"""Far beyond what a switch holds: a flood of invented queues, callers or members must not grow memory."""


@dataclass(slots=True, eq=False)
class Queue:
    """`waiting` is when each caller joined, by Uniqueid, in the order in which they are served; `members` by
    interface. Counts since start.
    """

    name: str
    waiting: dict[str, float] = field(default_factory=dict)
    members: dict[str, MemberSeen] = field(default_factory=dict)
    joined: int = 0
    answered: int = 0
    abandoned: int = 0


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """A caller's place in a queue, from 1, and when he first joined it."""

    queue: str
    position: int
    joined: float


@dataclass(slots=True, eq=False)
class QueuesState:
    by_name: dict[str, Queue] = field(default_factory=dict)
    queue_of: dict[str, Queue] = field(default_factory=dict)
    """The queue in which a channel waits, by Uniqueid."""
    left: dict[str, QueuePlace] = field(default_factory=dict)
    """Where callers who left a queue and are still on the line had been: most of them come back to it."""
    changes: dict[tuple[str, str], int] = field(default_factory=dict)
    """How often a member was seen to change, by queue and interface: a list's row may be older than that."""

    @property
    def callers_wait(self) -> bool:
        """Whether anybody waits in any queue."""
        return bool(self.queue_of)

    def named(self, name: str) -> Queue:
        queue = self.by_name.get(name)
        if queue is None:
            queue = Queue(name)
            if name and len(self.by_name) < MOST_QUEUES:
                self.by_name[name] = queue
        return queue

    def members(self) -> dict[str, dict[str, MemberSeen]]:
        """By queue, then by interface."""
        return {name: queue.members for name, queue in self.by_name.items()}

    def add_member(self, member: MemberSeen) -> Queue:
        """Of a queue that is full of them, the members that are there are kept up to date."""
        queue = self.named(member.queue)
        if member.interface in queue.members or len(queue.members) < MOST_MEMBERS:
            queue.members[member.interface] = member
        return queue


def apply(state: QueuesState, signal: QueueSignal, at: float) -> tuple[QueuesState, Queue | None]:
    """The state after the signal, and the queue that has changed."""
    match signal:
        case QueueJoined():
            return state, _join(state, signal, at)
        case QueueLeft() | QueueAbandoned():
            # The switch says "abandoned" also where a round has ended and the caller is about to come back.
            return state, _leave(state, signal.uniqueid)
        case ChannelDown():
            queue = _leave(state, signal.uniqueid)
            state.left.pop(signal.uniqueid, None)
            return state, queue
        case MemberSeen():
            queue = state.named(signal.queue)
            _count(state, signal.queue, signal.interface)
            if queue.members.get(signal.interface) == signal:
                return state, None
            return state, state.add_member(signal)
        case MemberGone():
            queue = state.named(signal.queue)
            _count(state, signal.queue, signal.interface)
            return state, queue if queue.members.pop(signal.interface, None) else None


def apply_snapshot(
    state: QueuesState,
    names: Sequence[str],
    members: Sequence[MemberSeen],
    waiting: Sequence[tuple[str, str, float]],
) -> QueuesState:
    """The state with exactly these members and waiting callers (queue, Uniqueid, time of joining)."""
    earlier = {uniqueid: place.joined for uniqueid, place in state.left.items()}
    for queue in state.by_name.values():
        earlier.update(queue.waiting)
    state.queue_of.clear()
    for queue in state.by_name.values():
        queue.members.clear()
        queue.waiting.clear()
    for name in names:
        state.named(name)
    for member in members:
        state.add_member(member)
    for name, uniqueid, joined in waiting:
        queue = state.named(name)
        # The switch counts the wait of this round only.
        queue.waiting[uniqueid] = min(joined, earlier.get(uniqueid, joined))
        state.queue_of[uniqueid] = queue
        state.left.pop(uniqueid, None)
    return state


def place_of(state: QueuesState, uniqueid: str) -> QueuePlace | None:
    """Where a caller stands, or stood when he left his queue for a moment; None if he never waited."""
    queue = state.queue_of.get(uniqueid)
    if queue is None:
        return state.left.get(uniqueid)
    position = next(number for number, one in enumerate(queue.waiting, 1) if one == uniqueid)
    return QueuePlace(queue.name, position, queue.waiting[uniqueid])


def correct_members(
    state: QueuesState,
    members: Sequence[MemberSeen],
    names: Sequence[str],
    before: Mapping[tuple[str, str], int],
) -> int:
    """Take the rows of a list for what no event has told since `before`; how many were different.

    `before` is a copy of `changes` from the moment when the list was asked for.
    """
    rows = {(member.queue, member.interface): member for member in members}
    known = {(name, one) for name in names for one in state.named(name).members}
    wrong = 0
    for key in known | {key for key in rows if key[0] in names}:
        if state.changes.get(key, 0) != before.get(key, 0):
            continue
        queue, row = state.named(key[0]), rows.get(key)
        if queue.members.get(key[1]) == row:
            continue
        wrong += 1
        if row is None:
            del queue.members[key[1]]
        else:
            state.add_member(row)
    return wrong


def _insert(queue: Queue, uniqueid: str, joined: float, position: int) -> None:
    if not 0 < position <= len(queue.waiting):
        queue.waiting[uniqueid] = joined
        return
    rest = list(queue.waiting.items())
    rest.insert(position - 1, (uniqueid, joined))
    queue.waiting.clear()
    queue.waiting.update(rest)


def _count(state: QueuesState, queue: str, interface: str) -> None:
    key = (queue, interface)
    if key in state.changes or len(state.changes) < MOST_WAITING:
        state.changes[key] = state.changes.get(key, 0) + 1


def _join(state: QueuesState, signal: QueueJoined, at: float) -> Queue | None:
    queue = state.named(signal.queue)
    if signal.uniqueid in queue.waiting or len(state.queue_of) >= MOST_WAITING:
        return None
    _leave(state, signal.uniqueid)
    before = state.left.pop(signal.uniqueid, None)
    # Between two rounds in the same queue a caller has not gone away: he has waited all the time.
    again = before is not None and before.queue == queue.name
    _insert(queue, signal.uniqueid, before.joined if before is not None and again else at, signal.position)
    queue.joined += not again
    state.queue_of[signal.uniqueid] = queue
    return queue


def _leave(state: QueuesState, uniqueid: str) -> Queue | None:
    place = place_of(state, uniqueid)
    queue = state.queue_of.pop(uniqueid, None)
    if queue is None or place is None:
        return queue
    queue.waiting.pop(uniqueid, None)
    state.left[uniqueid] = place
    if len(state.left) > MOST_WAITING:
        del state.left[next(iter(state.left))]
    return queue
