"""The table of emergency alarms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Row,
    Select,
    String,
    Table,
    Text,
    false,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.place import Position
from core.storage import Transaction, UtcDateTime, Uuid, metadata
from field.emergency.model import EmergencyAlarm, Person
from field.events import AlarmState

alarms = Table(
    "radio_emergencies",
    metadata,
    Column("alarm_id", Uuid, primary_key=True),
    Column("unit_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("asked", String(16), nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("said_at", UtcDateTime, nullable=False),
    Column("heard_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("repeats", BigInteger, nullable=False),
    Column("dispatch_id", Uuid),
    Column("lon", Float),
    Column("lat", Float),
    Column("accuracy_m", Float),
    Column("position_at", UtcDateTime),
    Column("acknowledged_by", String(80), nullable=False),
    Column("acknowledged_name", Text, nullable=False),
    Column("acknowledged_at", UtcDateTime),
    Column("cleared_by", String(80), nullable=False),
    Column("cleared_name", Text, nullable=False),
    Column("cleared_at", UtcDateTime),
    Column("note", Text, nullable=False),
    Column("kind", String(8), nullable=False, server_default="alarm"),
    Column("talkgroup", String(64), nullable=False, server_default=""),
    Column("case_id", Uuid),
    Column("repeat_told_at", UtcDateTime),
    Column("place_told_at", UtcDateTime),
    Column("false_alarm", Boolean, nullable=False, server_default=false()),
    Index("ix_radio_emergencies_due", "state", "due_at"),
    Index("ix_radio_emergencies_unit", "unit_id", "raised_at"),
    Index("ix_radio_emergencies_at", "raised_at"),
    Index("ix_radio_emergencies_case", "case_id"),
)

names = Table(
    "radio_emergency_names",
    metadata,
    Column("name", Uuid, primary_key=True),
    Column("alarm_id", Uuid, nullable=False),
    Index("ix_radio_emergency_names_alarm", "alarm_id"),
)
"""Under which other ids its unit has said an alarm while it waited for an answer."""

BATCH = 100
MOST_OPEN_ONES = 500


async def find(connection: AsyncConnection, alarm_id: UUID, *, change: bool = False) -> EmergencyAlarm | None:
    """`change` keeps others from changing it until the transaction ends."""
    wanted = select(alarms).where(alarms.c.alarm_id == alarm_id)
    row = (await connection.execute(wanted.with_for_update() if change else wanted)).first()
    return None if row is None else _alarm(row)


async def find_named(connection: AsyncConnection, name: UUID) -> EmergencyAlarm | None:
    """The alarm that its unit has said under this other id; locked until the transaction ends."""
    wanted = select(names.c.alarm_id).where(names.c.name == name)
    alarm_id = (await connection.execute(wanted)).scalar()
    return None if alarm_id is None else await find(connection, alarm_id, change=True)


async def unanswered_of(connection: AsyncConnection, unit_id: str, kind: str) -> EmergencyAlarm | None:
    """The alarm of this unit that waits for an answer, the newest one; locked likewise."""
    wanted = select(alarms).where(
        alarms.c.unit_id == unit_id, alarms.c.kind == kind, alarms.c.state == AlarmState.RAISED
    )
    row = (await connection.execute(_newest_first(wanted).limit(1).with_for_update())).first()
    return None if row is None else _alarm(row)


async def name(transaction: Transaction, alarm_id: UUID, other: UUID, *, most: int) -> None:
    """Remember it; beyond `most` names of one alarm, do not."""
    wanted = select(func.count()).where(names.c.alarm_id == alarm_id)
    if int((await transaction.connection.execute(wanted)).scalar_one()) < most:
        await transaction.connection.execute(insert(names).values(name=other, alarm_id=alarm_id))


async def add(transaction: Transaction, alarm: EmergencyAlarm) -> None:
    """Insert an alarm."""
    await transaction.connection.execute(insert(alarms).values(alarm_id=alarm.alarm_id, **_values(alarm)))


async def save(transaction: Transaction, alarm: EmergencyAlarm) -> None:
    """Write the changed columns of an alarm."""
    await transaction.connection.execute(
        update(alarms).where(alarms.c.alarm_id == alarm.alarm_id).values(**_values(alarm))
    )


async def due(connection: AsyncConnection, now: datetime) -> Sequence[UUID]:
    """Alarms that nobody has answered in time."""
    rows = await connection.execute(
        select(alarms.c.alarm_id)
        .where(alarms.c.state == AlarmState.RAISED, alarms.c.due_at <= now)
        .order_by(alarms.c.due_at)
        .limit(BATCH)
    )
    return list(rows.scalars())


async def asking(connection: AsyncConnection, asked: str, limit: int) -> Sequence[EmergencyAlarm]:
    """Alarms without an answer that ask for `asked`, the oldest first."""
    wanted = select(alarms).where(alarms.c.state == AlarmState.RAISED, alarms.c.asked == asked)
    rows = await connection.execute(wanted.order_by(alarms.c.raised_at, alarms.c.alarm_id).limit(limit))
    return [_alarm(row) for row in rows]


async def open_ones(connection: AsyncConnection, unit_id: str | None = None) -> Sequence[EmergencyAlarm]:
    """Those that are not cleared, of this unit or of all, the newest first."""
    wanted = select(alarms).where(alarms.c.state != AlarmState.CLEARED)
    if unit_id is not None:
        wanted = wanted.where(alarms.c.unit_id == unit_id)
    return [_alarm(row) for row in await connection.execute(_newest_first(wanted).limit(MOST_OPEN_ONES))]


async def of_case(connection: AsyncConnection, case_id: UUID) -> Sequence[EmergencyAlarm]:
    """The emergencies that made this case or joined it, the oldest first."""
    wanted = select(alarms).where(alarms.c.case_id == case_id).order_by(alarms.c.raised_at, alarms.c.alarm_id)
    return [_alarm(row) for row in await connection.execute(wanted.limit(MOST_OPEN_ONES))]


async def newest_of(connection: AsyncConnection, unit_id: str) -> EmergencyAlarm | None:
    wanted = select(alarms).where(alarms.c.unit_id == unit_id).order_by(alarms.c.raised_at.desc()).limit(1)
    row = (await connection.execute(wanted)).first()
    return None if row is None else _alarm(row)


async def listed(connection: AsyncConnection, *, cleared: bool, limit: int) -> Sequence[EmergencyAlarm]:
    """Those that are not cleared, or with `cleared` all; the newest first."""
    wanted = select(alarms).order_by(alarms.c.raised_at.desc()).limit(limit)
    if not cleared:
        wanted = wanted.where(alarms.c.state != AlarmState.CLEARED)
    return [_alarm(row) for row in await connection.execute(wanted)]


def _newest_first(wanted: Select[Any]) -> Select[Any]:
    return wanted.order_by(alarms.c.raised_at.desc(), alarms.c.alarm_id)


def _values(alarm: EmergencyAlarm) -> dict[str, Any]:
    position, acknowledged, cleared = alarm.position, alarm.acknowledged_by, alarm.cleared_by
    return {
        "unit_id": alarm.unit_id,
        "state": alarm.state,
        "asked": alarm.asked,
        "raised_at": alarm.raised_at,
        "said_at": alarm.said_at,
        "heard_at": alarm.heard_at,
        "due_at": alarm.due_at,
        "repeats": alarm.repeats,
        "dispatch_id": alarm.dispatch_id,
        "lon": position.lon if position else None,
        "lat": position.lat if position else None,
        "accuracy_m": position.accuracy_m if position else None,
        "position_at": alarm.position_at,
        "acknowledged_by": acknowledged.id if acknowledged else "",
        "acknowledged_name": acknowledged.name if acknowledged else "",
        "acknowledged_at": alarm.acknowledged_at,
        "cleared_by": cleared.id if cleared else "",
        "cleared_name": cleared.name if cleared else "",
        "cleared_at": alarm.cleared_at,
        "note": alarm.note,
        "kind": alarm.kind,
        "talkgroup": alarm.talkgroup,
        "case_id": alarm.case_id,
        "repeat_told_at": alarm.repeat_told_at,
        "place_told_at": alarm.place_told_at,
        "false_alarm": alarm.false_alarm,
    }


def _alarm(row: Row[Any]) -> EmergencyAlarm:
    position = None
    if row.lon is not None:
        position = Position(lon=row.lon, lat=row.lat, accuracy_m=row.accuracy_m)
    return EmergencyAlarm(
        alarm_id=row.alarm_id,
        unit_id=row.unit_id,
        state=AlarmState(row.state),
        asked=row.asked,
        raised_at=row.raised_at,
        said_at=row.said_at,
        heard_at=row.heard_at,
        due_at=row.due_at,
        repeats=row.repeats,
        dispatch_id=row.dispatch_id,
        position=position,
        position_at=row.position_at,
        acknowledged_by=Person(row.acknowledged_by, row.acknowledged_name) if row.acknowledged_by else None,
        acknowledged_at=row.acknowledged_at,
        cleared_by=Person(row.cleared_by, row.cleared_name) if row.cleared_by else None,
        cleared_at=row.cleared_at,
        note=row.note,
        kind=row.kind,
        talkgroup=row.talkgroup,
        case_id=row.case_id,
        repeat_told_at=row.repeat_told_at,
        place_told_at=row.place_told_at,
        false_alarm=row.false_alarm,
    )
