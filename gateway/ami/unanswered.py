"""Actions that wait for their answer: matched by ActionID alone, each resolved exactly once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.ami.errors import (
    ActionTimeout,
    AmiError,
    LinkLost,
    ListIncomplete,
    ListTooLong,
    OriginateInDoubt,
)
from gateway.ami.message import AmiEvent, AmiResponse
from gateway.ami.outcome import ActionAnswered, ActionFailed, Outcome, Resolve

LATE_FOR_S = 60.0
"""How long items of a list answer that nobody waits for any more are told from live events."""
_ENDS = {"complete", "cancelled"}


@dataclass(frozen=True, slots=True)
class ActionLimits:
    """Actions that may wait at once; items kept of one list answer; given-up actions remembered."""

    actions: int = 512
    items: int = 50_000
    late: int = 256


@dataclass(slots=True)
class _Waiting:
    name: str
    deadline: float
    rings: bool
    response: AmiResponse | None = None
    items: list[AmiEvent] = field(default_factory=list)


class Unanswered:
    """Sent and not yet answered actions of one connection, by ActionID."""

    def __init__(self, bounds: ActionLimits) -> None:
        self._bounds = bounds
        self._waiting: dict[str, _Waiting] = {}
        self._late: OrderedDict[str, float] = OrderedDict()
        self._lists = 0
        self.orphans = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, action_id: str) -> bool:
        return action_id in self._waiting

    @property
    def full(self) -> bool:
        """Whether no further action is taken until one is answered."""
        return len(self._waiting) >= self._bounds.actions

    @property
    def expects_items(self) -> bool:
        """False while no event can be an item of a list answer: then none needs to be looked at."""
        return bool(self._lists or self._late)

    def add(self, action_id: str, name: str, *, deadline: float, rings: bool) -> None:
        """Wait for the response to an action until `deadline` (monotonic seconds)."""
        self._waiting[action_id] = _Waiting(name, deadline, rings)

    def next_deadline(self) -> float | None:
        """The earliest deadline, monotonic seconds; None when nothing waits."""
        return min((waiting.deadline for waiting in self._waiting.values()), default=None)

    def expire(self, now: float) -> Iterator[Resolve]:
        """Resolve those whose deadline has passed."""
        late = [action_id for action_id, waiting in self._waiting.items() if waiting.deadline <= now]
        for action_id in late:
            waiting = self._waiting[action_id]
            error = _in_doubt(waiting) if waiting.rings else ActionTimeout(f"{waiting.name} was not answered")
            self._remember_late(action_id, now)
            yield self._resolve(action_id, ActionFailed(error))
        while self._late and next(iter(self._late.values())) <= now:
            self._late.popitem(last=False)

    def lose_all(self) -> Iterator[Resolve]:
        """The connection ended: resolve all; those that may ring a phone are in doubt."""
        for action_id, waiting in list(self._waiting.items()):
            yield self._resolve(action_id, ActionFailed(_lost(waiting)))
        self._late.clear()

    def take_response(self, action_id: str, response: AmiResponse) -> Iterator[Resolve]:
        """A response: ends its action, or begins its list; without an action it is counted as an orphan."""
        begins_list = response.ok and response.get("EventList").lower() == "start"
        waiting = self._waiting.get(action_id)
        if waiting is None or waiting.response is not None:
            self.orphans += 1
            if not begins_list:
                self._late.pop(action_id, None)
        elif begins_list:
            waiting.response = response
            self._lists += 1
        else:
            yield self._resolve(action_id, ActionAnswered(response))

    def take_item(self, event: AmiEvent, now: float) -> tuple[bool, Resolve | None]:
        """Whether the event belongs to a list answer (and so is not live), and the action that it ends."""
        action_id = event.get("ActionID")
        if not action_id or event.name == "OriginateResponse":
            return False, None
        ends = event.get("EventList").lower() in _ENDS
        if action_id in self._late:
            self.orphans += 1
            if ends:
                del self._late[action_id]
            return True, None
        waiting = self._waiting.get(action_id)
        if waiting is None or waiting.response is None:
            return False, None
        if ends:
            return True, self._resolve(action_id, _checked(waiting.response, waiting.items, event))
        if len(waiting.items) >= self._bounds.items:
            self._remember_late(action_id, now)
            error = ListTooLong(f"{waiting.name} has more than {self._bounds.items} items")
            return True, self._resolve(action_id, ActionFailed(error))
        waiting.items.append(event)
        return True, None

    def _remember_late(self, action_id: str, now: float) -> None:
        self._late[action_id] = now + LATE_FOR_S
        if len(self._late) > self._bounds.late:
            self._late.popitem(last=False)

    def _resolve(self, action_id: str, outcome: Outcome) -> Resolve:
        waiting = self._waiting.pop(action_id)
        if waiting.response is not None:
            self._lists -= 1
        return Resolve(action_id, outcome)


def _lost(waiting: _Waiting) -> AmiError:
    return _in_doubt(waiting) if waiting.rings else LinkLost(f"{waiting.name} was sent and not answered")


def _in_doubt(waiting: _Waiting) -> OriginateInDoubt:
    return OriginateInDoubt(
        f"{waiting.name} was sent and not answered", remedy="find out what became of it before you call again"
    )


def _checked(response: AmiResponse, items: list[AmiEvent], end: AmiEvent) -> Outcome:
    answer = ActionAnswered(response, tuple(items))
    promised = end.get("ListItems")
    if promised.isascii() and promised.isdigit() and len(promised) < 10 and int(promised) != len(items):
        return ActionFailed(ListIncomplete(int(promised), answer))
    return answer
