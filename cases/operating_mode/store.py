"""The versions of the mode in the database: rows are added, and confirmed once."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import OperatingMode
from cases.operating_mode.model import ModeVersion
from core.storage import UtcDateTime, Uuid, metadata

MOST_SHOWN: Final = 50

modes = Table(
    "operating_modes",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("mode", String(16), nullable=False),
    Column("before", String(16), nullable=False),
    Column("why", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("alone", Boolean, nullable=False),
    Column("confirmed_by", String(80), nullable=False),
    Column("confirmed_at", UtcDateTime),
    Column("incident_id", Uuid),
)


async def latest(connection: AsyncConnection, limit: int = MOST_SHOWN) -> list[ModeVersion]:
    """The newest first."""
    query = select(modes).order_by(modes.c.version.desc()).limit(limit)
    return [_version(row) for row in (await connection.execute(query)).mappings()]


async def add(connection: AsyncConnection, version: ModeVersion) -> None:
    await connection.execute(insert(modes).values(_row(version)))


async def confirm(connection: AsyncConnection, version: ModeVersion) -> bool:
    """Write the second person; False where there is one."""
    done = await connection.execute(
        update(modes)
        .where(modes.c.version == version.version, modes.c.confirmed_by == "")
        .values(confirmed_by=version.confirmed_by, confirmed_at=version.confirmed_at)
    )
    return done.rowcount == 1


def _row(version: ModeVersion) -> dict[str, object]:
    return {**asdict(version), "mode": version.mode.value, "before": version.before.value}


def _version(row: RowMapping) -> ModeVersion:
    words = {"mode": OperatingMode(row["mode"]), "before": OperatingMode(row["before"])}
    return ModeVersion(**{**row, **words})
