"""The board: figures of the sliding day and of this moment, told at most once a second when they have
changed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from uuid import UUID

from core.actor import Actor
from core.bus import Bus
from core.clock import Clock
from core.log import logger
from core.metrics import gauge
from core.storage import Storage, StorageAway
from core.tasks import Tasks
from hotline.calls.model import Call, Leg
from hotline.events import (
    AgentState,
    BoardChanged,
    BoardView,
    CallOutcome,
    QueueMetricsView,
)
from hotline.metrics import store
from hotline.metrics.model import QueueMetrics
from hotline.metrics.ports import OtherSwitches
from hotline.metrics.window import DAY_S, WindowSums

_log = logger("hotline")
_waiting = gauge("hotline_callers_waiting", "Callers who wait for an agent now")
_agents = gauge("hotline_agents", "Agents who are signed in now", ["state"])

AT_MOST_EVERY_S: Final = 1.0
LOOK_EVERY_S: Final = 10.0
"""Figures also change because time passes: calls leave the sliding day."""
RETRY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class QueuedCaller:
    """A caller who waits now, and since when (Unix seconds)."""

    queue: str
    since: float


@dataclass(frozen=True, slots=True)
class RoomCounts:
    """What the board reads of the room. Callbacks: (due now, open, live)."""

    waiting: Callable[[], Iterable[QueuedCaller]]
    agents: Callable[[], Iterable[AgentState]]
    callbacks: Callable[[], tuple[int, int, int]]
    unheard: Callable[[], int]


class LiveBoard:
    """`changed` is set by whoever changes what the board shows."""

    def __init__(
        self,
        *,
        queues: Sequence[str],
        zone: tzinfo,
        short_s: float,
        present: RoomCounts,
        others: OtherSwitches,
        changed: asyncio.Event,
        bus: Bus,
        clock: Clock,
        storage: Storage,
        tasks: Tasks,
    ) -> None:
        self._queues = tuple(queues)
        self._present = present
        self._others = others
        self._bus = bus
        self._clock = clock
        self._storage = storage
        self._tasks = tasks
        self._figures = QueueMetrics(zone, short_s=short_s)
        self._counted: set[UUID] = set()
        """Live calls that have been counted as answered."""
        self._changed = changed
        self._filled = False

    async def start(self) -> None:
        """Read the last day back; with the database away that is done as soon as it is back."""
        until = self._clock.now()
        try:
            await self._fill(until)
        except StorageAway:
            _log.warning("the board begins empty: the database is away")
            self._tasks.spawn("fill-board", lambda: self._fill_later(until))
        self._tasks.forever("tell-board", self._tell)

    # --- what happens -----------------------------------------------------------------------------------

    def touch(self) -> None:
        """Something that the board shows may have changed."""
        self._changed.set()

    def answered(self, call: Call, leg: Leg, at: float) -> None:
        """An agent is heard by the caller."""
        if leg.role != "agent" or call.id in self._counted:
            return
        self._counted.add(call.id)
        wait = None if call.queued_at is None else max(0.0, at - call.queued_at)
        self._figures.answered(call.queue, wait, at, at)
        self._changed.set()

    def ended(self, call: Call, outcome: CallOutcome, merged_into: UUID | None, at: float) -> None:
        was_counted = call.id in self._counted
        self._counted.discard(call.id)
        self._changed.set()
        if merged_into is not None:
            if was_counted:
                self._counted.add(merged_into)
            return
        if not call.inbound:
            return
        if was_counted and call.answered_at is not None:
            self._figures.talked(call.queue, at - call.answered_at, at, at)
        elif outcome is CallOutcome.ABANDONED and call.queued_at is not None:
            self._figures.abandoned(call.queue, at - call.queued_at, at, at)

    # --- what is shown ----------------------------------------------------------------------------------

    def view(self, viewer: Actor | None = None) -> BoardView:
        """Of all queues; for a viewer who is limited to queues, figures of these and their sum, and nothing
        of other switches. Agents and callbacks are counted for the whole centre.
        """
        only = viewer.scopes.queues if viewer is not None else frozenset()
        now = self._clock.now()
        at = now.timestamp()
        since: dict[str, list[float]] = {}
        for one in self._present.waiting():
            since.setdefault(one.queue, []).append(one.since)
        names = list(dict.fromkeys([*self._queues, *self._figures.queues, *since]))
        if only:
            names = [name for name in names if name in only]
            since = {name: many for name, many in since.items() if name in only}
        everywhere = [one for many in since.values() for one in many]
        states = Counter(
            state.value for state in self._present.agents() if state is not AgentState.SIGNED_OUT
        )
        due, is_open, live = self._present.callbacks()
        return BoardView(
            at=now,
            total=_view("", everywhere, at, *(self._sums(names, at) if only else self._figures.total(at))),
            queues=[
                _view(name, since.get(name, []), at, *self._figures.of(name, at)) for name in names if name
            ],
            agents=dict(sorted(states.items())),
            callbacks_due=due,
            callbacks_open=is_open,
            callbacks_live=live,
            unheard=self._present.unheard(),
            filled=self._filled,
            others=[] if only else list(self._others.boards()),
        )

    def _sums(self, names: Sequence[str], at: float) -> tuple[WindowSums, WindowSums]:
        day, today = WindowSums(), WindowSums()
        for name in names:
            of_day, of_today = self._figures.of(name, at)
            day += of_day
            today += of_today
        return day, today

    async def _tell(self) -> None:
        last: BoardView | None = None
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()
            board = self.view()
            _waiting.set(board.total.waiting)
            for state in AgentState:
                if state is not AgentState.SIGNED_OUT:
                    _agents.labels(state.value).set(board.agents.get(state.value, 0))
            if last is None or _without_time(board) != _without_time(last):
                last = board
                self._bus.publish(BoardChanged(at=board.at, board=board))
            await asyncio.sleep(AT_MOST_EVERY_S)

    # --- what was before --------------------------------------------------------------------------------

    async def _fill(self, until: datetime) -> None:
        """Calls that ended before this process began; its own are counted as they happen."""
        since = until - timedelta(seconds=DAY_S)
        async with self._storage.read() as connection:
            parts = [part async for part in store.ended_between(connection, since, until)]
        elsewhere = await self._others.calls_of([row.call_id for part in parts for row in part])
        # Nothing is counted before everything is read: a database that goes away in between is asked anew.
        for part in parts:
            now = self._clock.now().timestamp()
            for row in part:
                if row.call_id in elsewhere:
                    continue
                self._take_row(row.queue, row.outcome, row.queued_at, row.answered_at, row.ended_at, now)
            await asyncio.sleep(0)
        self._filled = True
        self._changed.set()

    def _take_row(
        self, queue: str, outcome: str, queued_at: datetime | None, answered_at: datetime | None,
        ended_at: datetime, now: float,
    ) -> None:  # fmt: skip
        ended = ended_at.timestamp()
        queued = None if queued_at is None else queued_at.timestamp()
        if outcome == CallOutcome.ANSWERED.value and answered_at is not None:
            answered = answered_at.timestamp()
            wait = None if queued is None else max(0.0, answered - queued)
            self._figures.answered(queue, wait, answered, now)
            self._figures.talked(queue, ended - answered, ended, now)
        elif outcome == CallOutcome.ABANDONED.value and queued is not None:
            self._figures.abandoned(queue, ended - queued, ended, now)

    async def _fill_later(self, until: datetime) -> None:
        while not self._filled:
            await asyncio.sleep(RETRY_S)
            try:
                await self._fill(until)
            except StorageAway:
                continue


def _view(
    queue: str, waiting: Sequence[float], at: float, last_24h: WindowSums, today: WindowSums
) -> QueueMetricsView:
    longest = min(waiting, default=None)
    return QueueMetricsView(
        queue=queue,
        waiting=len(waiting),
        longest_since=None if longest is None else datetime.fromtimestamp(longest, UTC),
        longest_wait_s=0.0 if longest is None else round(max(0.0, at - longest), 1),
        offered_24h=last_24h.offered,
        answered_24h=last_24h.answered,
        abandoned_24h=last_24h.abandoned,
        connect_rate_24h=last_24h.connect_rate,
        within_15s_24h=last_24h.within_15s,
        offered_today=today.offered,
        answered_today=today.answered,
        abandoned_today=today.abandoned,
        connect_rate_today=today.connect_rate,
        within_15s_today=today.within_15s,
        average_wait_today_s=today.average_wait_s,
        average_talk_today_s=today.average_talk_s,
    )


def _still(metrics: QueueMetricsView | None) -> QueueMetricsView | None:
    return None if metrics is None else metrics.model_copy(update={"longest_wait_s": 0.0})


def _without_time(board: BoardView) -> tuple[object, ...]:
    """The board apart from what only the clock changes."""
    still = [_still(one) for one in (board.total, *board.queues)]
    return (
        still,
        board.agents,
        board.callbacks_due,
        board.callbacks_open,
        board.callbacks_live,
        board.unheard,
        board.filled,
        [one.model_copy(update={"at": None, "total": _still(one.total)}) for one in board.others],
    )
