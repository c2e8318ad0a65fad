"""The question of figures of verification tasks to the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.evaluation.store import EvaluationFilter, attribute_conditions
from cases.evaluation.tables import facts
from cases.evaluation.verifications.model import CountedTask
from cases.events import VerificationFinding, VerificationState
from cases.verification.model import VerificationAction
from cases.verification.tables import verifications


async def asked_within(
    connection: AsyncConnection, wanted: EvaluationFilter, since: datetime, until: datetime, limit: int
) -> Sequence[CountedTask]:
    """The tasks that were asked in `[since, until)`, the newest first. District, department and class are
    those of the case, or of the declined report; an open draft's task has none of them.
    """
    subject = func.coalesce(verifications.c.case_id, verifications.c.draft_id)
    columns = (
        verifications.c.task_id, verifications.c.draft_id, verifications.c.case_id, verifications.c.unit_id,
        verifications.c.unit_name, verifications.c.beat, verifications.c.state, verifications.c.asked_at,
        verifications.c.due_at, verifications.c.answered_at, verifications.c.finding, verifications.c.acts,
    )  # fmt: skip
    query = (
        select(*columns)
        .select_from(verifications.outerjoin(facts, facts.c.subject_id == subject))
        .where(
            verifications.c.asked_at >= since,
            verifications.c.asked_at < until,
            *attribute_conditions(wanted, func.coalesce(facts.c.district, "")),
        )
        .order_by(verifications.c.asked_at.desc(), verifications.c.task_id.desc())
        .limit(limit)
    )
    return [_task(row) for row in await connection.execute(query)]


def _task(row: Any) -> CountedTask:
    return CountedTask(
        row.task_id, row.draft_id, row.case_id, row.unit_id, row.unit_name, row.beat,
        VerificationState(row.state), row.asked_at, row.due_at, row.answered_at,
        VerificationFinding(row.finding) if row.finding else None,
        any(one["action"] == VerificationAction.EXPIRE.value for one in row.acts),
    )  # fmt: skip
