"""Deadlines that somebody outside set for cases, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.deadlines.model import DeadlineSetter, OutsideDeadline
from cases.merging import store as merge_store
from cases.tables import outside_deadlines


async def add(
    connection: AsyncConnection,
    deadline: OutsideDeadline,
    now: datetime,
    *,
    draft_id: UUID | None = None,
    case_id: UUID | None = None,
) -> None:
    """Keep one of a report that is not filed yet, or of a case."""
    values = {
        "draft_id": draft_id, "case_id": case_id, "set_by": deadline.set_by.value,
        "reference": deadline.reference, "due_at": deadline.due_at, "set_at": now, "over_at": None,
    }  # fmt: skip
    await connection.execute(insert(outside_deadlines).values(**values))


async def take_over(connection: AsyncConnection, draft_id: UUID, case_id: UUID) -> None:
    """The report became a case: its deadlines are the case's."""
    of_draft = outside_deadlines.c.draft_id == draft_id
    await connection.execute(update(outside_deadlines).where(of_draft).values(case_id=case_id))


async def strictest_of(connection: AsyncConnection, case_id: UUID) -> OutsideDeadline | None:
    """The one that ends first of those that count for the case, and for the cases merged into it."""
    query = (
        select(outside_deadlines)
        .where(
            outside_deadlines.c.case_id.in_(await _with_followers(connection, case_id)),
            outside_deadlines.c.over_at.is_(None),
        )
        .order_by(outside_deadlines.c.due_at, outside_deadlines.c.seq)
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else OutsideDeadline(row.due_at, DeadlineSetter(row.set_by), row.reference)


async def end_passed(connection: AsyncConnection, case_id: UUID, now: datetime) -> None:
    """The work begins anew: what has passed by now counts no more."""
    passed = (
        outside_deadlines.c.case_id.in_(await _with_followers(connection, case_id)),
        outside_deadlines.c.over_at.is_(None),
        outside_deadlines.c.due_at <= now,
    )
    await connection.execute(update(outside_deadlines).where(*passed).values(over_at=now))


async def _with_followers(connection: AsyncConnection, case_id: UUID) -> Sequence[UUID]:
    followers = (await merge_store.followers(connection, [case_id]))[case_id]
    return [case_id, *(one.case_id for one in followers)]
