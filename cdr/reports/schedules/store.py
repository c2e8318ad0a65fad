"""Tables of scheduled reports and of the mails that were made from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Date, Index, Integer, Row, String, Table, Text, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Json, Transaction, UtcDateTime, Uuid, metadata

schedules = Table(
    "cdr_report_schedules",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("report", String(16), nullable=False),
    Column("every", String(8), nullable=False),
    Column("hour", Integer, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("queue", String(80), nullable=False),
    Column("agent", String(160), nullable=False),
    Column("recipients", Json, nullable=False),
    Column("format", String(8), nullable=False),
    Column("language", String(2), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("removed", Boolean, nullable=False),
    Index("ix_cdr_report_schedules_due", "active", "due_at"),
)
"""`op_id` is the schedule's id. `owner` is whose rights the report has."""

mails = Table(
    "cdr_report_mails",
    metadata,
    Column("mail_id", Uuid, primary_key=True),
    Column("schedule_id", Uuid, nullable=False),
    Column("recipient", String(254), nullable=False),
    Column("report", String(16), nullable=False),
    Column("every", String(8), nullable=False),
    Column("queue", String(80), nullable=False),
    Column("agent", String(160), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", String(64), nullable=False),
    Column("why", Text, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_cdr_report_mails_queued", "queued_at"),
    Index("ix_cdr_report_mails_schedule", "schedule_id", "queued_at"),
)
"""`state` is `queued`, `sent` or `refused`; `error` is the kind of the last error, `why` the mail server's
words about it. What the mail is about is the schedule as it was when the mail was queued.
"""


async def schedule_of(connection: AsyncConnection, schedule_id: UUID) -> Row[Any] | None:
    """Also one that was removed."""
    found = await connection.execute(select(schedules).where(schedules.c.op_id == schedule_id))
    return found.one_or_none()


async def all_schedules(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """Those that were not removed, by name."""
    found = await connection.execute(
        select(schedules).where(~schedules.c.removed).order_by(schedules.c.name, schedules.c.op_id)
    )
    return found.all()


async def due(connection: AsyncConnection, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Those to send now, the longest due first; locked until the transaction ends."""
    found = await connection.execute(
        select(schedules)
        .where(schedules.c.active, ~schedules.c.removed, schedules.c.due_at <= now)
        .order_by(schedules.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.all()


async def change(transaction: Transaction, schedule_id: UUID, **values: Any) -> None:
    await transaction.connection.execute(
        update(schedules).where(schedules.c.op_id == schedule_id).values(**values)
    )


async def mail_of(connection: AsyncConnection, mail_id: UUID) -> Row[Any] | None:
    found = await connection.execute(select(mails).where(mails.c.mail_id == mail_id))
    return found.one_or_none()


async def latest_mails(connection: AsyncConnection, limit: int) -> Sequence[Row[Any]]:
    """The newest first."""
    statement = select(mails).order_by(mails.c.queued_at.desc(), mails.c.mail_id).limit(limit)
    return (await connection.execute(statement)).all()


async def note(transaction: Transaction, mail_id: UUID, **values: Any) -> None:
    await transaction.connection.execute(update(mails).where(mails.c.mail_id == mail_id).values(**values))
