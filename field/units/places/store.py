"""The tables of positions: where each unit is, and where it was, for as long as the rule says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction, UtcDateTime, metadata
from core.storage.dialect import insert_missing, upsert
from core.storage.schema import Sequence64
from field.units.places.model import PositionFix, UnitPosition
from field.units.store import units

places = Table(
    "radio_places",
    metadata,
    Column("unit_id", String(64), primary_key=True),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("accuracy_m", Float, nullable=False),
    Column("source", String(40), nullable=False),
    Column("measured_at", UtcDateTime, nullable=False),
    Column("device_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("altitude_m", Float),
    Column("speed_mps", Float),
    Column("heading_deg", Float),
    Column("battery_pct", Integer),
)
"""Where each unit is now. `measured_at` is the unit's word bounded by our clock; `device_at` its word."""

track = Table(
    "radio_track",
    metadata,
    Column("number", Sequence64, primary_key=True, autoincrement=True),
    Column("unit_id", String(64), nullable=False),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("accuracy_m", Float, nullable=False),
    Column("source", String(40), nullable=False),
    Column("measured_at", UtcDateTime, nullable=False),
    UniqueConstraint("unit_id", "measured_at", "source"),
    Index("ix_radio_track_at", "measured_at"),
)
"""Where units were; what is older or more than the rule allows is taken away."""

AT_ONCE = 500
_KEPT = ("altitude_m", "speed_mps", "heading_deg", "battery_pct")


async def known(connection: AsyncConnection, unit_ids: Sequence[str]) -> set[str]:
    """Those of `unit_ids` that are enrolled and not revoked; they stay so until the transaction ends."""
    wanted = (
        select(units.c.unit_id)
        .where(units.c.unit_id.in_(unit_ids), units.c.revoked_at.is_(None))
        .order_by(units.c.unit_id)
        .with_for_update()
    )
    return set((await connection.execute(wanted)).scalars())


async def put(transaction: Transaction, placed: Sequence[tuple[str, UnitPosition]]) -> None:
    """Where these units are now."""
    rows = [
        {
            **_where(unit_id, one),
            "device_at": one.fix.device_at,
            "received_at": one.fix.received_at,
            **{name: getattr(one.fix, name) for name in _KEPT},
        }
        for unit_id, one in placed
    ]
    await upsert(transaction.connection, places, rows, keys=["unit_id"])


async def keep(transaction: Transaction, passed: Sequence[tuple[str, UnitPosition]]) -> None:
    """Add to where these units were; what is there already is not added again."""
    await insert_missing(transaction.connection, track, [_where(*one) for one in passed])


async def forget(transaction: Transaction, *, before: datetime, most: int) -> int:
    """Take away what is older than `before`, and the oldest beyond `most` of each unit; how many."""
    connection = transaction.connection
    gone = (await connection.execute(delete(track).where(track.c.measured_at < before))).rowcount
    many = select(track.c.unit_id).group_by(track.c.unit_id).having(func.count() > most).limit(AT_ONCE)
    for unit_id in (await connection.execute(many)).scalars().all():
        newest = (
            select(track.c.number)
            .where(track.c.unit_id == unit_id)
            .order_by(track.c.measured_at.desc(), track.c.number.desc())
            .limit(most)
        )
        kept = newest.subquery()
        old = delete(track).where(track.c.unit_id == unit_id, track.c.number.not_in(select(kept.c.number)))
        gone += (await connection.execute(old)).rowcount
    return gone


async def all_places(connection: AsyncConnection) -> dict[str, UnitPosition]:
    """Where each unit is."""
    return {row.unit_id: _placed(row) for row in await connection.execute(select(places))}


async def places_of(connection: AsyncConnection, unit_ids: Collection[str]) -> dict[str, UnitPosition]:
    """Where these units are, as far as that is known."""
    if not unit_ids:
        return {}
    rows = await connection.execute(select(places).where(places.c.unit_id.in_(unit_ids)))
    return {row.unit_id: _placed(row) for row in rows}


async def place_of(connection: AsyncConnection, unit_id: str) -> UnitPosition | None:
    row = (await connection.execute(select(places).where(places.c.unit_id == unit_id))).first()
    return None if row is None else _placed(row)


async def way_of(
    connection: AsyncConnection, unit_id: str, *, since: datetime, until: datetime, limit: int
) -> Sequence[Row[Any]]:
    """Where it was between these times, the newest first: the columns of `track`."""
    wanted = (
        select(track)
        .where(track.c.unit_id == unit_id, track.c.measured_at >= since, track.c.measured_at <= until)
        .order_by(track.c.measured_at.desc(), track.c.number.desc())
        .limit(limit)
    )
    return (await connection.execute(wanted)).all()


def _where(unit_id: str, placed: UnitPosition) -> dict[str, Any]:
    fix = placed.fix
    return {
        "unit_id": unit_id,
        "lon": fix.lon,
        "lat": fix.lat,
        "accuracy_m": fix.accuracy_m,
        "source": fix.source,
        "measured_at": placed.measured_at,
    }


def _placed(row: Row[Any]) -> UnitPosition:
    fix = PositionFix(
        lon=row.lon,
        lat=row.lat,
        accuracy_m=row.accuracy_m,
        source=row.source,
        device_at=row.device_at,
        received_at=row.received_at,
        **{name: getattr(row, name) for name in _KEPT},
    )
    # Nothing is kept of how the clock was judged: such a time compares with none of the unit's own.
    return UnitPosition(fix, row.measured_at, reckoning=-1)
