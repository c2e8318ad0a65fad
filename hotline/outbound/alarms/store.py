"""The table of calls for alarms, and what is read from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Integer, Row, String, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Uuid
from hotline.outbound.alarms.model import AlarmCall, AlarmTarget, Callee
from hotline.outbound.store import CallStore, call_table

table = call_table(
    "hotline_alarm_calls",
    "attempt_id",
    Column("alarm_id", Uuid, nullable=False),
    Column("unit_id", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("user_id", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("way", String(16), nullable=False),
    Index("ix_hotline_alarm_calls_alarm", "alarm_id", "number", unique=True),
)


def _columns(target: AlarmTarget) -> Mapping[str, Any]:
    return {
        "alarm_id": target.alarm_id,
        "unit_id": target.unit_id,
        "number": target.number,
        "round": target.round,
        "user_id": target.callee.user_id,
        "name": target.callee.name,
        "way": target.callee.way,
        "phone": target.callee.phone,
    }


def _target(row: Row[Any]) -> AlarmTarget:
    callee = Callee(row.user_id, row.name, row.way, row.phone, row.line)
    return AlarmTarget(row.alarm_id, row.unit_id, row.number, row.round, callee)


calls: CallStore[AlarmTarget] = CallStore(table, _columns, _target)


async def of_alarm(connection: AsyncConnection, alarm_id: UUID) -> tuple[AlarmCall, ...]:
    """The first one first."""
    query = select(table).where(table.c.alarm_id == alarm_id).order_by(table.c.number)
    return tuple(calls.call(row) for row in await connection.execute(query))


async def recent(connection: AsyncConnection, alarm_id: UUID | None, limit: int) -> Sequence[AlarmCall]:
    """The newest first."""
    query = select(table).order_by(table.c.began_at.desc(), table.c.number.desc()).limit(limit)
    if alarm_id is not None:
        query = query.where(table.c.alarm_id == alarm_id)
    return [calls.call(row) for row in await connection.execute(query)]
