"""The table of calls for alarms: each stands here before a telephone rings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Float, Index, Integer, Row, String, Table, Text, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import UtcDateTime, Uuid, metadata
from hotline.outbound.alarms.model import Attempt, Callee

LIVE = text("ended IS NULL")

calls = Table(
    "hotline_alarm_calls",
    metadata,
    Column("attempt_id", Uuid, primary_key=True),
    Column("alarm_id", Uuid, nullable=False),
    Column("unit_id", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("user_id", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("way", String(16), nullable=False),
    Column("phone", String(64), nullable=False),
    Column("line", String(80), nullable=False),
    Column("system", String(80), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("outcome", String(16)),
    Column("began", Float, nullable=False),
    Column("answered", Float),
    Column("ended", Float),
    Column("began_at", UtcDateTime, nullable=False),
    Index("ix_hotline_alarm_calls_alarm", "alarm_id", "number", unique=True),
    Index("ix_hotline_alarm_calls_live", "line", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
    Index("ix_hotline_alarm_calls_began", "began_at"),
)
"""Two unique indexes keep, whatever process writes: one call for each number of an alarm, and one live call
for each telephone.
"""


async def begin(connection: AsyncConnection, attempt: Attempt, longest_s: float) -> bool:
    """Write a call down that is about to be made. False: it, or another one to its telephone, is there.

    A row of that telephone that is older than any call can be was left behind, and is closed.
    """
    stale = (calls.c.line == attempt.callee.line) & calls.c.ended.is_(None)
    await connection.execute(
        update(calls)
        .where(stale, calls.c.began < attempt.began - longest_s)
        .values(stage="over", outcome="unknown", ended=attempt.began)
    )
    make = pg_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = make(calls).values(attempt_id=attempt.attempt_id, **_values(attempt)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def save(connection: AsyncConnection, attempt: Attempt) -> None:
    await connection.execute(
        update(calls).where(calls.c.attempt_id == attempt.attempt_id).values(**_values(attempt))
    )


async def of_alarm(connection: AsyncConnection, alarm_id: UUID) -> tuple[Attempt, ...]:
    """The first one first."""
    rows = await connection.execute(
        select(calls).where(calls.c.alarm_id == alarm_id).order_by(calls.c.number)
    )
    return tuple(_attempt(row) for row in rows)


async def live_alarms(connection: AsyncConnection, system: str) -> Sequence[tuple[UUID, str]]:
    """(alarm, unit) of the calls on this switch that are not over."""
    query = select(calls.c.alarm_id, calls.c.unit_id).where(calls.c.ended.is_(None), calls.c.system == system)
    rows = await connection.execute(query.distinct())
    return [(row.alarm_id, row.unit_id) for row in rows]


async def recent(connection: AsyncConnection, alarm_id: UUID | None, limit: int) -> Sequence[Attempt]:
    """The newest first."""
    query = select(calls).order_by(calls.c.began_at.desc(), calls.c.number.desc()).limit(limit)
    if alarm_id is not None:
        query = query.where(calls.c.alarm_id == alarm_id)
    return [_attempt(row) for row in await connection.execute(query)]


async def prune(connection: AsyncConnection, before: datetime) -> int:
    """Forget calls that ended before then; how many."""
    old = calls.c.ended.is_not(None) & (calls.c.began_at < before)
    return (await connection.execute(delete(calls).where(old))).rowcount


def _values(attempt: Attempt) -> dict[str, Any]:
    callee = attempt.callee
    return {
        "alarm_id": attempt.alarm_id,
        "unit_id": attempt.unit_id,
        "number": attempt.number,
        "round": attempt.round,
        "user_id": callee.user_id,
        "name": callee.name,
        "way": callee.way,
        "phone": callee.phone,
        "line": callee.line,
        "system": attempt.system,
        "stage": attempt.stage,
        "outcome": attempt.outcome,
        "began": attempt.began,
        "answered": attempt.answered,
        "ended": attempt.ended,
        "began_at": datetime.fromtimestamp(attempt.began, UTC),
    }


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(
        row.attempt_id,
        row.alarm_id,
        row.unit_id,
        row.number,
        row.round,
        Callee(row.user_id, row.name, row.way, row.phone, row.line),
        row.system,
        row.began,
        stage=row.stage,
        answered=row.answered,
        ended=row.ended,
        outcome=row.outcome,
    )
