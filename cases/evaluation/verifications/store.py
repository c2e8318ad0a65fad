"""The questions of figures of verification tasks to the database, which adds them up itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.evaluation.store import EvaluationFilter, attribute_conditions
from cases.evaluation.tables import facts
from cases.evaluation.verifications.model import TASK_COUNTS, CountedTask, VerificationKind
from cases.events import VerificationFinding, VerificationState
from cases.verification.model import LIVE, VerificationAction
from cases.verification.tables import verifications
from core.storage.dialect import seconds_between

_TASKS: Final = verifications.c
_ANSWERED: Final = _TASKS.answered_at.is_not(None)
_EXPIRED: Final = or_(
    _TASKS.state == VerificationState.EXPIRED.value,
    # A quotation mark within a reason stands behind a backslash: no words look like an act.
    func.replace(cast(_TASKS.acts, Text), " ", "").contains(f'"action":"{VerificationAction.EXPIRE.value}"'),
)
"""Its time was once found to be up."""


@dataclass(frozen=True, slots=True)
class AskedTasks:
    """The tasks that were asked in `[since, until)`, as they stand at `now`. District, department and class
    are those of the case, or of the declined report; an open draft's task has none.
    """

    wanted: EvaluationFilter
    since: datetime
    until: datetime
    kind: VerificationKind
    now: datetime


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """`named_at`: when the newest task was asked that gives this name."""

    key: str
    name: str
    named_at: datetime
    counts: Mapping[str, int]


async def counted(connection: AsyncConnection, asked: AskedTasks, by: str) -> Sequence[KeyCounts]:
    """By key of the dimension, and by the unit's name where that was changed meanwhile."""
    conditions = _counts(asked.now)
    sums = [func.sum(case((conditions[name], 1), else_=0)).label(name) for name in TASK_COUNTS]
    key, name = _key(by), _TASKS.unit_name if by == "unit" else _TASKS.beat
    columns = (key.label("key"), name.label("name"), func.max(_TASKS.asked_at).label("named_at"))
    query = _of(asked, *columns, *sums).group_by(key, name)
    return [
        KeyCounts(row.key, row.name, row.named_at, {one: int(getattr(row, one)) for one in TASK_COUNTS})
        for row in await connection.execute(query)
    ]


async def medians(
    connection: AsyncConnection, asked: AskedTasks, by: str
) -> tuple[Mapping[str, float], float | None]:
    """Of each key, and of all: seconds from asking to the answer. Keys without an answer are absent."""
    took = seconds_between(_TASKS.asked_at, _TASKS.answered_at)
    answers = _of(asked, _key(by).label("key"), took.label("took")).where(_ANSWERED).subquery()
    places = select(
        answers.c.key,
        answers.c.took,
        func.row_number().over(partition_by=answers.c.key, order_by=answers.c.took).label("place"),
        func.count().over(partition_by=answers.c.key).label("many"),
        func.row_number().over(order_by=answers.c.took).label("place_of_all"),
        func.count().over().label("all"),
    ).subquery()
    one = places.c
    middle = (2 * one.place).between(one.many, one.many + 2)
    middle_of_all = (2 * one.place_of_all).between(one["all"], one["all"] + 2)
    query = select(one.key, one.took, middle, middle_of_all).where(or_(middle, middle_of_all))
    found: dict[str, list[float]] = {}
    of_all: list[float] = []
    for key, seconds, is_middle, is_middle_of_all in await connection.execute(query):
        if is_middle:
            found.setdefault(key, []).append(seconds)
        if is_middle_of_all:
            of_all.append(seconds)
    return {key: _mean(some) for key, some in found.items()}, _mean(of_all) if of_all else None


async def page(
    connection: AsyncConnection,
    asked: AskedTasks,
    count: str,
    *,
    by: str,
    key: str,
    offset: int,
    limit: int,
) -> tuple[int, Sequence[CountedTask]]:
    """How many tasks the count has, of a key where `by` is given, and a page of them, the newest first."""
    where = and_(_counts(asked.now)[count], _key(by) == key if by else true())
    total = int((await connection.execute(_of(asked, func.count()).where(where))).scalar_one())
    columns = (
        _TASKS.task_id, _TASKS.draft_id, _TASKS.case_id, _TASKS.unit_id, _TASKS.unit_name, _TASKS.beat,
        _TASKS.state, _TASKS.asked_at, _TASKS.due_at, _TASKS.answered_at, _TASKS.finding,
    )  # fmt: skip
    query = (
        _of(asked, *columns)
        .where(where)
        .order_by(_TASKS.asked_at.desc(), _TASKS.task_id.desc())
        .offset(offset)
        .limit(limit)
    )
    return total, [_task(row) for row in await connection.execute(query)]


def _counts(now: datetime) -> Mapping[str, ColumnElement[bool]]:
    """Which tasks are in each count. Due is what was answered, and what should have been by `now`; who
    declined it, or from whom it was taken back before its time was up, is neither in time nor late.
    """
    live = _TASKS.state.in_([one.value for one in LIVE])
    unanswered = and_(~_ANSWERED, or_(_EXPIRED, and_(live, _TASKS.due_at < now)))
    return {
        "asked": true(),
        "due": or_(_ANSWERED, unanswered),
        "answered": _ANSWERED,
        "in_time": and_(_ANSWERED, _TASKS.answered_at <= _TASKS.due_at),
        "late": and_(_ANSWERED, _TASKS.answered_at > _TASKS.due_at),
        "unanswered": unanswered,
        "declined": _TASKS.state == VerificationState.DECLINED.value,
        "recalled": _TASKS.state == VerificationState.RECALLED.value,
        **{one.value: and_(_ANSWERED, _TASKS.finding == one.value) for one in VerificationFinding},
    }


def _of(asked: AskedTasks, *columns: ColumnElement[Any]) -> Select[Any]:
    wanted = attribute_conditions(asked.wanted, func.coalesce(facts.c.district, ""))
    source: Any = verifications
    if wanted:
        subject = func.coalesce(_TASKS.case_id, _TASKS.draft_id)
        source = verifications.outerjoin(facts, facts.c.subject_id == subject)
    found = select(*columns).select_from(source)
    found = found.where(_TASKS.asked_at >= asked.since, _TASKS.asked_at < asked.until, *wanted)
    if asked.kind == "all":
        return found
    return found.where(_TASKS.draft_id.is_(None) if asked.kind == "case" else _TASKS.draft_id.is_not(None))


def _key(by: str) -> ColumnElement[str]:
    return _TASKS.unit_id if by == "unit" else _TASKS.beat


def _mean(middle: Sequence[float]) -> float:
    return sum(middle) / len(middle)


def _task(row: Any) -> CountedTask:
    return CountedTask(
        row.task_id, row.draft_id, row.case_id, row.unit_id, row.unit_name, row.beat,
        VerificationState(row.state), row.asked_at, row.due_at, row.answered_at,
        VerificationFinding(row.finding) if row.finding else None,
    )  # fmt: skip
