"""The table of units. `down_seq` counts what was ever addressed to the unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Integer, Row, String, Table, Text, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Json, Transaction, UtcDateTime, metadata
from radio_bridge.errors import UnitExists, UnknownUnit
from radio_bridge.units.model import FREE, Unit

units = Table(
    "radio_units",
    metadata,
    Column("unit_id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("crew", Json, nullable=False),
    Column("online", Boolean, nullable=False, default=False),
    Column("last_heard", UtcDateTime),
    Column("down_seq", Integer, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(80), nullable=False),
)


async def add(transaction: Transaction, unit: Unit, *, at: datetime, by: str) -> None:
    """Raises `UnitExists`."""
    try:
        await transaction.connection.execute(
            insert(units).values(
                unit_id=unit.unit_id,
                name=unit.name,
                crew=list(unit.crew),
                online=False,
                down_seq=0,
                created_at=at,
                created_by=by,
            )
        )
    except IntegrityError as error:
        raise UnitExists(unit.unit_id) from error


async def find(connection: AsyncConnection, unit_id: str) -> Unit | None:
    row = (await connection.execute(select(units).where(units.c.unit_id == unit_id))).first()
    return None if row is None else _unit(row)


async def all_units(connection: AsyncConnection, statuses: Mapping[str, str]) -> list[Unit]:
    """Every unit by name; `statuses` has those that are not free."""
    rows = (await connection.execute(select(units).order_by(units.c.unit_id))).all()
    return [_unit(row, statuses.get(row.unit_id, FREE)) for row in rows]


async def hear(transaction: Transaction, unit_id: str, *, at: datetime, online: bool | None = None) -> bool:
    """Note that the unit was heard (or is now online or not). False for an unknown unit."""
    values: dict[str, Any] = {} if online is False else {"last_heard": at}
    if online is not None:
        values["online"] = online
    result = await transaction.connection.execute(
        update(units).where(units.c.unit_id == unit_id).values(**values)
    )
    return result.rowcount == 1


async def next_seq(transaction: Transaction, unit_id: str) -> int:
    """The next number of a message to this unit. Raises `UnknownUnit`."""
    result = await transaction.connection.execute(
        update(units).where(units.c.unit_id == unit_id).values(down_seq=units.c.down_seq + 1)
    )
    if result.rowcount != 1:
        raise UnknownUnit(unit_id)
    wanted = select(units.c.down_seq).where(units.c.unit_id == unit_id)
    return int((await transaction.connection.execute(wanted)).scalar_one())


def _unit(row: Row[Any], status: str = FREE) -> Unit:
    return Unit(
        unit_id=row.unit_id,
        name=row.name,
        crew=tuple(row.crew),
        online=row.online,
        last_heard=row.last_heard,
        status=status,
    )
