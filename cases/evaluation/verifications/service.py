"""Figures of verification tasks for their readers, and the tasks behind each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from cases.beats.model import Beat
from cases.errors import BadEvaluation
from cases.evaluation.projector import EvaluationProjector
from cases.evaluation.service import EvaluationRequest, filter_of
from cases.evaluation.verifications import store
from cases.evaluation.verifications.model import (
    TASK_COUNTS,
    TASK_DIMENSIONS,
    TASK_FIGURES,
    CountedTask,
    TaskFigures,
    VerificationKind,
    figures_of,
)
from cases.evaluation.verifications.store import AskedTasks
from cases.events import CaseView
from cases.life import store as case_store
from cases.life.record import CaseRecord
from cases.privacy import sees_all
from core.actor import Actor
from core.storage import Storage

MOST_TASKS: Final = 50_000
"""Of one question: more of them would keep a processor busy for longer than a reader waits."""
MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class TaskEvaluation:
    """By key, those with most tasks first; `total` is of all."""

    since: date
    until: date
    by: str
    kind: VerificationKind
    rows: Sequence[TaskFigures]
    total: TaskFigures


@dataclass(frozen=True, slots=True)
class TaskBehind:
    """A task behind a figure. `case` is None where there is none, and where this reader may not see it, which
    `hidden` says.
    """

    task: CountedTask
    case: CaseView | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class TasksBehind:
    """`count` is the figure; `tasks` are the page that was asked for, the newest first."""

    count: int
    tasks: Sequence[TaskBehind]


class TaskEvaluations:
    """`hours`: how many the city is ahead of UTC. Each method may raise `Forbidden`, `BadEvaluation` and
    `StorageAway`.
    """

    def __init__(
        self,
        storage: Storage,
        projector: EvaluationProjector,
        record: CaseRecord,
        refs: Callable[[Sequence[str]], tuple[str, ...]],
        beats: Callable[[], Mapping[str, Beat]],
        *,
        hours: float,
    ) -> None:
        self._storage = storage
        self._projector = projector
        self._record = record
        self._refs = refs
        self._beats = beats
        self._hours = hours

    async def evaluate(
        self, actor: Actor, asked: EvaluationRequest, by: str, kind: VerificationKind
    ) -> TaskEvaluation:
        """Figures of what was asked in the time, as it stands now."""
        _require(by, TASK_DIMENSIONS, "by")
        wanted = await self._asked(actor, asked, kind)
        async with self._storage.read() as connection:
            found = await store.counted(connection, wanted, by)
            if sum(one.counts["asked"] for one in found) > MOST_TASKS:
                raise BadEvaluation("too many tasks were asked in this time", remedy="ask for a shorter time")
            medians, of_all = await store.medians(connection, wanted, by)
        beats = self._beats()
        names: dict[str, str] = {}
        sums: dict[str, Counter[str]] = {}
        for one in sorted(found, key=lambda one: one.named_at):
            names[one.key] = beats[one.key].name_zh if by == "beat" and one.key in beats else one.name
            sums.setdefault(one.key, Counter()).update(one.counts)
        rows = [figures_of(key, names[key], counts, medians.get(key)) for key, counts in sums.items()]
        rows.sort(key=lambda one: (-one.counts["asked"], one.key))
        total = Counter(dict.fromkeys(TASK_COUNTS, 0))
        for counts in sums.values():
            total.update(counts)
        return TaskEvaluation(asked.since, asked.until, by, kind, rows, figures_of("", "", total, of_all))

    async def behind(
        self,
        actor: Actor,
        asked: EvaluationRequest,
        count: str,
        kind: VerificationKind,
        *,
        by: str = "",
        key: str = "",
        offset: int = 0,
        limit: int = 50,
    ) -> TasksBehind:
        """The tasks that a count is made of, the newest first; of one inspector or beat, or of all."""
        _require(count, TASK_COUNTS, "count")
        if by:
            _require(by, TASK_DIMENSIONS, "by")
        wanted = await self._asked(actor, asked, kind)
        async with self._storage.read() as connection:
            total, page = await store.page(
                connection, wanted, count, by=by, key=key, offset=offset, limit=min(limit, MOST_SHOWN)
            )
            ids = {one.case_id for one in page if one.case_id is not None}
            views = await self._record.views(
                connection, list((await case_store.of_ids(connection, ids)).values())
            )
        known = {one.case_id: one for one in views}
        return TasksBehind(total, [_behind(actor, one, known) for one in page])

    async def _asked(self, actor: Actor, asked: EvaluationRequest, kind: VerificationKind) -> AskedTasks:
        wanted = filter_of(actor, asked, self._refs(asked.classes))
        since, until = self._begin(asked.since), self._begin(asked.until)
        await self._projector.nearly()
        return AskedTasks(wanted, since, until, kind, self._storage.clock.now())

    def _begin(self, day: date) -> datetime:
        """Raises `BadEvaluation`."""
        try:
            return datetime.combine(day, time(), UTC) - timedelta(hours=self._hours)
        except OverflowError:
            raise BadEvaluation("the day is not in the calendar", remedy="give a later day") from None


def count_of(figure: str, part: str) -> str:
    """The count that a figure is made of. Raises `BadEvaluation`."""
    _require(figure, TASK_FIGURES, "figure")
    formula = TASK_FIGURES[figure]
    return formula.denominator if part == "denominator" else formula.numerator


def _behind(actor: Actor, task: CountedTask, known: Mapping[UUID, CaseView]) -> TaskBehind:
    case = None if task.case_id is None else known.get(task.case_id)
    if case is None:
        return TaskBehind(task)
    return TaskBehind(task, case) if sees_all(actor, case) else TaskBehind(task, hidden=True)


def _require(value: str, known: Sequence[str] | Mapping[str, object], what: str) -> None:
    if value not in known:
        raise BadEvaluation(f"there is no {what} {value!r}", remedy=f"one of: {', '.join(known)}")
