"""The table of calls to crews: each stands here before a telephone rings. No citizen's number is in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Column, Float, Index, Row, String, Table, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import UtcDateTime, Uuid, metadata
from hotline.outbound.crews.model import TALK_S, Call, Wanted

LIVE = text("ended IS NULL")
OLDEST_S = TALK_S + 60.0
"""No call is older and still live: its row was left behind."""

calls = Table(
    "hotline_crew_calls",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("purpose", String(8), nullable=False),
    Column("unit_id", String(64), nullable=False),
    Column("phone", String(64), nullable=False),
    Column("line", String(80), nullable=False),
    Column("number", String(16), nullable=False),
    Column("system", String(80), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("key", String(1), nullable=False),
    Column("outcome", String(16)),
    Column("began", Float, nullable=False),
    Column("answered", Float),
    Column("ended", Float),
    Column("began_at", UtcDateTime, nullable=False),
    Index("ix_hotline_crew_calls_live", "line", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
    Index("ix_hotline_crew_calls_began", "began_at"),
)
"""Its key and a unique index keep, whatever process writes: one call for each id, one live call for each
telephone.
"""


async def begin(connection: AsyncConnection, call: Call) -> Literal["begun", "there", "line_busy"]:
    """Write a call down that is about to be made, if it was never made and its telephone is free."""
    stale = (calls.c.line == call.wanted.line) & calls.c.ended.is_(None)
    await connection.execute(
        update(calls)
        .where(stale, calls.c.began < call.began - OLDEST_S)
        .values(stage="over", outcome="unknown", ended=call.began)
    )
    make = pg_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = make(calls).values(call_id=call.wanted.call_id, **_values(call)).on_conflict_do_nothing()
    if (await connection.execute(statement)).rowcount == 1:
        return "begun"
    known = select(calls.c.call_id).where(calls.c.call_id == call.wanted.call_id)
    return "line_busy" if (await connection.execute(known)).first() is None else "there"


async def save(connection: AsyncConnection, call: Call) -> None:
    await connection.execute(
        update(calls).where(calls.c.call_id == call.wanted.call_id).values(**_values(call))
    )


async def find(connection: AsyncConnection, call_id: UUID) -> Call | None:
    row = (await connection.execute(select(calls).where(calls.c.call_id == call_id))).first()
    return None if row is None else _call(row)


async def live(connection: AsyncConnection, system: str) -> Sequence[Call]:
    """Calls on this switch that are not over."""
    rows = await connection.execute(select(calls).where(calls.c.ended.is_(None), calls.c.system == system))
    return [_call(row) for row in rows]


async def prune(connection: AsyncConnection, before: datetime) -> None:
    await connection.execute(delete(calls).where(calls.c.began_at < before, calls.c.ended.is_not(None)))


def _values(call: Call) -> dict[str, Any]:
    return {
        "purpose": call.wanted.purpose, "unit_id": call.wanted.unit_id, "phone": call.wanted.phone,
        "line": call.wanted.line, "number": call.wanted.number, "system": call.system, "stage": call.stage,
        "key": call.key, "outcome": call.outcome, "began": call.began, "answered": call.answered,
        "ended": call.ended, "began_at": datetime.fromtimestamp(call.began, UTC),
    }  # fmt: skip


def _call(row: Row[Any]) -> Call:
    return Call(
        Wanted(row.call_id, row.purpose, row.unit_id, row.phone, row.line, row.number),
        row.system,
        row.began,
        stage=row.stage,
        key=row.key,
        answered=row.answered,
        ended=row.ended,
        outcome=row.outcome,
    )
