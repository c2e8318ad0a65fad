"""The versions of the table of statuses, and which one is in force: the number of the newest act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, Row, String, Table, Text, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Json, Transaction, UtcDateTime, metadata
from field.statuses.model import BUILT_IN, DEFAULTS, StatusTableVersion, rule_of

versions = Table(
    "radio_status_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("rules", Json, nullable=False),
    Column("comment", Text, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)
acts = Table(
    "radio_status_acts",
    metadata,
    Column("rev", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)


async def add(transaction: Transaction, version: StatusTableVersion) -> None:
    """Two at the same moment: the primary key lets one of them through."""
    await transaction.connection.execute(
        insert(versions).values(
            number=version.number,
            rules=[asdict(rule) for rule in version.rules],
            comment=version.comment,
            made_by=version.made_by,
            made_at=version.made_at,
        )
    )


async def activate(
    transaction: Transaction, number: int, *, rev: int, comment: str, by: str, at: datetime
) -> None:
    """Note that this version is active from now on; `rev` orders such acts."""
    await transaction.connection.execute(
        insert(acts).values(rev=rev, number=number, comment=comment, by=by, at=at)
    )


async def newest(connection: AsyncConnection) -> int:
    """The highest number that was ever made; 0 for none."""
    return int((await connection.execute(select(func.max(versions.c.number)))).scalar_one() or BUILT_IN)


async def in_force(connection: AsyncConnection) -> tuple[int, int]:
    """(number, rev): 0, 0 before anybody has changed anything."""
    wanted = select(acts.c.number, acts.c.rev).order_by(acts.c.rev.desc()).limit(1)
    row = (await connection.execute(wanted)).first()
    return (BUILT_IN, 0) if row is None else (row.number, row.rev)


async def find(connection: AsyncConnection, number: int) -> StatusTableVersion | None:
    if number == BUILT_IN:
        return StatusTableVersion(BUILT_IN, DEFAULTS)
    row = (await connection.execute(select(versions).where(versions.c.number == number))).first()
    return None if row is None else _version(row)


async def all_versions(connection: AsyncConnection, limit: int) -> Sequence[StatusTableVersion]:
    """The newest first."""
    rows = await connection.execute(select(versions).order_by(versions.c.number.desc()).limit(limit))
    return [_version(row) for row in rows]


def _version(row: Row[Any]) -> StatusTableVersion:
    rules = tuple(rule_of(**rule) for rule in row.rules)
    return StatusTableVersion(row.number, rules, row.comment, row.made_by, row.made_at)
