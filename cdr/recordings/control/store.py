"""The table of pauses: what was asked, until when it may last, and how it ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Row, String, Table, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.calls.store import aliases
from core.storage import UtcDateTime, Uuid, metadata
from core.storage.dialect import upsert

pauses = Table(
    "cdr_recording_pauses",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("call_id", Uuid, nullable=False, index=True),
    Column("reason", String(64), nullable=False),
    Column("by", String(64), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_how", String(16)),
    Column("ended_by", String(64)),
    Column("resume_op", Uuid, index=True),
    Index("ix_cdr_recording_pauses_open", "ended_at"),
)

MOST_OPEN = 2_000


async def keep(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """Write a pause as it is now, whatever was there before."""
    await upsert(connection, pauses, values, keys=["op_id"])


async def by_op(connection: AsyncConnection, op_id: UUID) -> Row[Any] | None:
    """The pause that this operation began or ended."""
    found = await connection.execute(
        select(pauses).where((pauses.c.op_id == op_id) | (pauses.c.resume_op == op_id))
    )
    return found.first()


async def open_pauses(connection: AsyncConnection, switch: str = "") -> Sequence[Row[Any]]:
    """Rows of pauses that have not ended, oldest first. `switch`: none of calls that another one carries."""
    elsewhere = (
        select(aliases.c.alias)
        .where(aliases.c.alias == pauses.c.call_id, aliases.c.system_name != switch)
        .exists()
    )
    found = await connection.execute(
        select(pauses)
        .where(pauses.c.ended_at.is_(None), ~elsewhere if switch else true())
        .order_by(pauses.c.since)
        .limit(MOST_OPEN)
    )
    return found.all()


async def end(connection: AsyncConnection, op_id: UUID, *, at: datetime, how: str, by: str) -> None:
    """Write when a pause ended; `how` is by whom or by what it was ended."""
    await connection.execute(
        update(pauses).where(pauses.c.op_id == op_id).values(ended_at=at, ended_how=how, ended_by=by)
    )


async def of_calls(connection: AsyncConnection, names: Collection[UUID]) -> Sequence[Row[Any]]:
    """Rows of these calls' pauses, oldest first."""
    found = await connection.execute(
        select(pauses).where(pauses.c.call_id.in_(names)).order_by(pauses.c.since)
    )
    return found.all()
