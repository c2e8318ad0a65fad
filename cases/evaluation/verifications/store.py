"""The question of figures of verification tasks to the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, case, func, null, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.evaluation.store import EvaluationFilter, attribute_conditions
from cases.evaluation.tables import facts
from cases.evaluation.verifications.model import CountedTask
from cases.events import VerificationFinding, VerificationState
from cases.verification.model import VerificationAction
from cases.verification.tables import verifications
from core.storage import Json

PIECE: Final = 1_000
"""Tasks that are read at once; other work goes on between two pieces."""


async def asked_within(
    connection: AsyncConnection, wanted: EvaluationFilter, since: datetime, until: datetime, limit: int
) -> Sequence[CountedTask]:
    """The tasks that were asked in `[since, until)`, the newest first, `limit` at most. District,
    department and class are those of the case, or of the declined report; an open draft's task has none.
    """
    tasks = verifications.c
    subject = func.coalesce(tasks.case_id, tasks.draft_id)
    # What was done to a task is long, and asked for only where nothing else says whether its time was up.
    is_plain = or_(tasks.answered_at.is_not(None), tasks.state == VerificationState.EXPIRED.value)
    acts = type_coerce(case((is_plain, null()), else_=tasks.acts), Json)
    columns = (
        tasks.task_id, tasks.draft_id, tasks.case_id, tasks.unit_id,
        tasks.unit_name, tasks.beat, tasks.state, tasks.asked_at,
        tasks.due_at, tasks.answered_at, tasks.finding, acts.label("acts"),
    )  # fmt: skip
    query = (
        select(*columns)
        .select_from(verifications.outerjoin(facts, facts.c.subject_id == subject))
        .where(
            tasks.asked_at >= since,
            tasks.asked_at < until,
            *attribute_conditions(wanted, func.coalesce(facts.c.district, "")),
        )
        .order_by(tasks.asked_at.desc(), tasks.task_id.desc())
    )
    found: list[CountedTask] = []
    while len(found) < limit:
        piece = query.limit(min(PIECE, limit - len(found)))
        if found:
            at, task_id = found[-1].asked_at, found[-1].task_id
            older = or_(tasks.asked_at < at, and_(tasks.asked_at == at, tasks.task_id < task_id))
            piece = piece.where(tasks.asked_at <= at, older)
        rows = (await connection.execute(piece)).all()
        found += [_task(row) for row in rows]
        if len(rows) < PIECE:
            break
    return found


def _task(row: Any) -> CountedTask:
    return CountedTask(
        row.task_id, row.draft_id, row.case_id, row.unit_id, row.unit_name, row.beat,
        VerificationState(row.state), row.asked_at, row.due_at, row.answered_at,
        VerificationFinding(row.finding) if row.finding else None,
        row.state == VerificationState.EXPIRED.value
        or any(one["action"] == VerificationAction.EXPIRE.value for one in row.acts or ()),
    )  # fmt: skip
