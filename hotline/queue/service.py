"""Who waits, as people see it, and the place that a supervisor gives a caller; the switch's list is compared
with what live events have told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from core.actor import Actor
from core.clock import Clock
from core.events import PERSONAL, PUBLIC
from core.log import logger
from core.metrics import counter, histogram
from core.models import Frozen
from core.scopes import Scope
from hotline import rights
from hotline.agents.model import Agent
from hotline.calls.model import CallsState
from hotline.errors import NotWaiting
from hotline.ports import QueueSwitch
from hotline.queue import model
from hotline.queue.model import Queue, QueuesState
from hotline.queue.pace import QueuePace
from hotline.routing.model import HIGHEST
from hotline.signals import member_seen

_log = logger("hotline")
_unseen = counter("hotline_queue_members_unseen", "Members that no event had told of, found by comparison")
_failed = counter("hotline_queue_comparisons_failed", "Times that the switch gave no list of its queues")
_took = histogram(
    "hotline_queue_comparison_seconds", "Time for one list of all queues", [0.01, 0.05, 0.1, 0.5, 1, 5]
)

LIST_DEADLINE_SHARE = 20
"""Asking for the list takes at most one twentieth of the time."""


class WaitingView(Frozen):
    """One caller who waits. `position` from 1; `priority` as far as a supervisor has set it here."""

    call_id: Annotated[UUID, PUBLIC]
    queue: str
    position: int
    since: datetime
    expected_wait_s: float
    priority: int | None
    caller: Annotated[str, PERSONAL]
    confidential: bool


class QueueViews:
    """`serving` gives the signed-in agents of a queue."""

    def __init__(
        self,
        *,
        queues: QueuesState,
        calls: CallsState,
        pace: QueuePace,
        switch: QueueSwitch,
        clock: Clock,
        served: Sequence[str],
        serving: Callable[[str], Sequence[Agent]],
    ) -> None:
        self._queues = queues
        self._calls = calls
        self._pace = pace
        self._switch = switch
        self._clock = clock
        self._served = tuple(served)
        self._serving = serving
        self._priorities: dict[str, int] = {}

    def figures(self, uniqueid: str) -> tuple[int, float, int]:
        """Position from 1, expected wait in seconds, how many wait in that queue; (0, 0.0, 0) for nobody.

        A caller who has left his queue for a moment, between two rounds, keeps the place he had.
        """
        place = model.place_of(self._queues, uniqueid)
        if place is None:
            return 0, 0.0, 0
        queue = self._queues.named(place.queue)
        here = uniqueid in queue.waiting
        before = self._away_before(uniqueid, place)
        waiting = len(queue.waiting) + before + (not here)
        position = min(place.position + before, waiting)
        expected = self._pace.expected_s(queue.name, position, self._serving(queue.name))
        return position, expected, waiting

    def _away_before(self, uniqueid: str, place: model.QueuePlace) -> int:
        """How many who came earlier are out of the queue between two rounds: they come back before him."""
        calls = self._calls.call_of
        return sum(
            other.queue == place.queue
            and other.joined < place.joined
            and one != uniqueid
            and (call := calls.get(one)) is not None
            and call.answered_at is None
            for one, other in self._queues.left.items()
        )

    def waiting(self, name: str | None = None) -> list[WaitingView]:
        """Those who wait in one queue or in all, in the order in which they are served."""
        found = []
        for queue in self._queues.by_name.values():
            if name is not None and queue.name != name:
                continue
            agents = self._serving(queue.name)
            for position, (uniqueid, joined) in enumerate(queue.waiting.items(), 1):
                call = self._calls.call_of.get(uniqueid)
                if call is None:
                    continue
                found.append(
                    WaitingView(
                        call_id=call.id,
                        queue=queue.name,
                        position=position,
                        since=datetime.fromtimestamp(joined, UTC),
                        expected_wait_s=self._pace.expected_s(queue.name, position, agents),
                        priority=self._priorities.get(uniqueid),
                        caller=call.caller,
                        confidential=call.confidential,
                    )
                )
        return found

    def unoffered(self) -> list[str]:
        """The channels of those who wait and for whom no agent's phone rings, in the order in which they are
        served.
        """
        found = []
        for queue in self._queues.by_name.values():
            for uniqueid in queue.waiting:
                call, leg = self._calls.call_of.get(uniqueid), self._calls.legs.get(uniqueid)
                if call is not None and leg is not None and call.state == "queued":
                    found.append(leg.channel)
        return found

    async def set_priority(self, actor: Actor, call_id: UUID, priority: int) -> WaitingView:
        """Put a waiting caller where this level belongs.

        Raises `Forbidden`, `NotWaiting`, the switch's errors.
        """
        rights.SET_PRIORITY.check(actor)
        queue, uniqueid = self._find(call_id)
        actor.require_within(Scope.QUEUE, queue.name)
        channel = self._calls.legs[uniqueid].channel
        level = max(0, min(priority, HIGHEST))
        await self._switch.queue_priority(queue.name, channel, level, queue.waiting[uniqueid])
        self._priorities = {one: value for one, value in self._priorities.items() if self._waits(one)}
        self._priorities[uniqueid] = priority
        # No event tells the new order: the list does.
        await self.compare()
        found = next((one for one in self.waiting(queue.name) if one.call_id == call_id), None)
        if found is None:
            raise NotWaiting("an agent has just taken the call")
        return found

    async def compare(self) -> bool:
        """Ask the switch once for its queues and correct what no event has told. False: it gave no list."""
        before = dict(self._queues.changes)
        entered = {name: list(self._queues.named(name).waiting) for name in self._served}
        began = self._clock.monotonic()
        try:
            rows = await self._switch.queue_status()
        except Exception as error:  # noqa: BLE001  # counted; live events go on, and it is asked again
            _failed.inc()
            _log.warning("the switch gave no list of its queues", error=type(error).__name__)
            return False
        _took.observe(self._clock.monotonic() - began)
        members = [member_seen(row) for row in rows if row.name == "QueueMember"]
        wrong = model.correct_members(self._queues, members, self._served, before)
        if wrong:
            _unseen.inc(wrong)
            _log.warning("members of queues had changed without an event", count=wrong)
        for name, known in entered.items():
            queue = self._queues.named(name)
            order = [
                row.get("Uniqueid") for row in rows if row.name == "QueueEntry" and row.get("Queue") == name
            ]
            if list(queue.waiting) == known and set(order) == set(known):
                queue.waiting = {uniqueid: queue.waiting[uniqueid] for uniqueid in order}
        return True

    def _find(self, call_id: UUID) -> tuple[Queue, str]:
        call = self._calls.by_id.get(call_id)
        for uniqueid in call.legs if call is not None else ():
            queue = self._queues.queue_of.get(uniqueid)
            if queue is not None:
                return queue, uniqueid
        raise NotWaiting(remedy="look at GET /api/queues/waiting")

    def _waits(self, uniqueid: str) -> bool:
        return uniqueid in self._queues.queue_of
