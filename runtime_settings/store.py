"""The table of versions. Rows are only added; the newest of a setting counts."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text, func, insert, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Json, UtcDateTime, Uuid, metadata
from runtime_settings.model import PastVersion, SettingDifference, SettingVersion, encoded

versions = Table(
    "setting_versions",
    metadata,
    Column("name", String(48), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("value", LargeBinary, nullable=False),
    Column("changes", Json, nullable=True),
    Column("restores", Integer, nullable=True),
    Column("op_id", Uuid, nullable=False, unique=True),
    Column("comment", Text, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)


def packed(value: Any) -> bytes:
    """The value as the table keeps it. A large one takes its time: not for the event loop."""
    return zlib.compress(encoded(value))


async def add(
    connection: AsyncConnection, version: SettingVersion, value: bytes, changes: Sequence[SettingDifference]
) -> None:
    """`value` is the version's, packed. Raises `IntegrityError` when somebody else was first."""
    await connection.execute(
        insert(versions).values(
            name=version.name,
            number=version.number,
            value=value,
            changes=[one.model_dump(mode="json") for one in changes],
            restores=version.restores,
            op_id=version.op_id,
            comment=version.comment,
            by=version.by,
            at=version.at,
        )
    )


async def numbers(connection: AsyncConnection) -> dict[str, int]:
    """The newest version's number of each setting."""
    query = select(versions.c.name, func.max(versions.c.number)).group_by(versions.c.name)
    return {str(name): int(number) for name, number in (await connection.execute(query)).all()}


async def newest(connection: AsyncConnection, name: str) -> SettingVersion | None:
    query = select(versions).where(versions.c.name == name).order_by(versions.c.number.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else await _version(row)


async def newest_number(connection: AsyncConnection, name: str) -> int:
    """0: there is none."""
    query = select(func.max(versions.c.number)).where(versions.c.name == name)
    return int((await connection.execute(query)).scalar() or 0)


async def version_of(connection: AsyncConnection, name: str, number: int) -> SettingVersion | None:
    query = select(versions).where(versions.c.name == name, versions.c.number == number)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else await _version(row)


async def by_op(connection: AsyncConnection, op_id: UUID) -> SettingVersion | None:
    row = (await connection.execute(select(versions).where(versions.c.op_id == op_id))).one_or_none()
    return None if row is None else await _version(row)


async def history(connection: AsyncConnection, name: str, limit: int) -> list[PastVersion]:
    """The newest first; no value is read."""
    columns = [column for column in versions.c if column.name != "value"]
    query = select(*columns).where(versions.c.name == name).order_by(versions.c.number.desc()).limit(limit)
    return [
        PastVersion(
            number=row.number,
            by=row.by,
            at=row.at,
            comment=row.comment,
            restores=row.restores,
            changes=[SettingDifference.model_validate(one) for one in row.changes or ()],
        )
        for row in (await connection.execute(query)).all()
    ]


async def _version(row: Row[Any]) -> SettingVersion:
    return SettingVersion(
        name=row.name,
        number=row.number,
        value=await asyncio.to_thread(_unpacked, bytes(row.value)),
        by=row.by,
        at=row.at,
        comment=row.comment,
        op_id=row.op_id,
        restores=row.restores,
    )


def _unpacked(data: bytes) -> Any:
    return json.loads(zlib.decompress(data))
