"""The tables of talkgroups: the groups, who was put on them, and who is on them now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Json, Transaction, UtcDateTime, Uuid, metadata
from core.storage.dialect import NewValues, insert_missing, upsert
from field.contract.talkgroup import Talkgroup, TalkgroupRights

talkgroups = Table(
    "radio_talkgroups",
    metadata,
    Column("tg_id", String(64), primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("tg_class", String(16), nullable=False),
    Column("monitor", Json, nullable=False),
    Column("talk", Json, nullable=False),
    Column("patch", Json, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("case_id", Uuid),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("removed_at", UtcDateTime),
    Column("removed_by", String(80), nullable=False, default=""),
    Index("ix_radio_talkgroups_case", "case_id"),
)
"""A group that was removed stays: what was said on it is told by its name."""

members = Table(
    "radio_tg_members",
    metadata,
    Column("tg_id", String(64), primary_key=True),
    Column("unit_id", String(64), primary_key=True),
    Column("added_at", UtcDateTime, nullable=False),
    Column("added_by", String(80), nullable=False),
    Index("ix_radio_tg_members_unit", "unit_id"),
)

affiliations = Table(
    "radio_affiliations",
    metadata,
    Column("unit_id", String(64), primary_key=True),
    Column("bearer", String(16), primary_key=True),
    Column("tg_id", String(64), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Index("ix_radio_affiliations_tg", "tg_id"),
)
"""Which groups a unit listens to, by what it said over each bearer."""


async def add(transaction: Transaction, group: Talkgroup, *, at: datetime, by: str) -> bool:
    """False when a group of this name is there. One that was removed is made anew, without its members."""
    values = {
        "name_zh": group.name_zh,
        "name_en": group.name_en,
        "tg_class": group.tg_class,
        "monitor": list(group.rights.monitor),
        "talk": list(group.rights.talk),
        "patch": list(group.rights.patch),
        "priority": group.priority,
        "case_id": group.case_id,
        "created_at": at,
        "created_by": by,
        "removed_at": None,
        "removed_by": "",
    }
    return await upsert(
        transaction.connection,
        talkgroups,
        {"tg_id": group.tg_id, **values},
        keys=["tg_id"],
        where=_is_removed,
    )


def _is_removed(_new: NewValues) -> ColumnElement[bool]:
    return talkgroups.c.removed_at.is_not(None)


async def change(transaction: Transaction, group: Talkgroup) -> None:
    """Names, class, rights and priority; not its case."""
    await transaction.connection.execute(
        update(talkgroups)
        .where(talkgroups.c.tg_id == group.tg_id)
        .values(
            name_zh=group.name_zh,
            name_en=group.name_en,
            tg_class=group.tg_class,
            monitor=list(group.rights.monitor),
            talk=list(group.rights.talk),
            patch=list(group.rights.patch),
            priority=group.priority,
        )
    )


async def remove(transaction: Transaction, tg_id: str, *, at: datetime, by: str) -> bool:
    """False when there is none. Its members and who was on it go with it."""
    statement = update(talkgroups).where(talkgroups.c.tg_id == tg_id, talkgroups.c.removed_at.is_(None))
    if (await transaction.connection.execute(statement.values(removed_at=at, removed_by=by))).rowcount != 1:
        return False
    for table in (members, affiliations):
        await transaction.connection.execute(delete(table).where(table.c.tg_id == tg_id))
    return True


async def find(connection: AsyncConnection, tg_id: str) -> Talkgroup | None:
    """Also one that was removed."""
    row = (await connection.execute(select(talkgroups).where(talkgroups.c.tg_id == tg_id))).first()
    return None if row is None else _group(row)


async def all_groups(connection: AsyncConnection, *, removed: bool = False) -> list[Talkgroup]:
    wanted = select(talkgroups).order_by(talkgroups.c.tg_id)
    if not removed:
        wanted = wanted.where(talkgroups.c.removed_at.is_(None))
    return [_group(row) for row in await connection.execute(wanted)]


async def of_case(connection: AsyncConnection, case_id: UUID) -> list[Talkgroup]:
    wanted = select(talkgroups).where(talkgroups.c.case_id == case_id, talkgroups.c.removed_at.is_(None))
    return [_group(row) for row in await connection.execute(wanted.order_by(talkgroups.c.tg_id))]


async def put_on(
    transaction: Transaction, tg_id: str, unit_ids: Iterable[str], *, at: datetime, by: str
) -> None:
    """Those who are on it already stay as they are."""
    rows = [{"tg_id": tg_id, "unit_id": one, "added_at": at, "added_by": by} for one in unit_ids]
    await insert_missing(transaction.connection, members, rows)


async def take_off(transaction: Transaction, tg_id: str, unit_ids: Iterable[str]) -> None:
    """No longer put on it; what the units themselves chose is theirs."""
    wanted = delete(members).where(members.c.tg_id == tg_id, members.c.unit_id.in_(list(unit_ids)))
    await transaction.connection.execute(wanted)


async def members_of(connection: AsyncConnection, tg_id: str) -> list[str]:
    wanted = select(members.c.unit_id).where(members.c.tg_id == tg_id).order_by(members.c.unit_id)
    return list((await connection.execute(wanted)).scalars())


async def put_on_by(connection: AsyncConnection, unit_id: str) -> frozenset[str]:
    """The groups that this unit was put on."""
    wanted = select(members.c.tg_id).where(members.c.unit_id == unit_id)
    return frozenset((await connection.execute(wanted)).scalars())


async def affiliate(
    transaction: Transaction, unit_id: str, bearer: str, tg_ids: Sequence[str], *, at: datetime
) -> bool:
    """The unit is on exactly these groups over `bearer`; whether that is news."""
    connection = transaction.connection
    mine = (affiliations.c.unit_id == unit_id, affiliations.c.bearer == bearer)
    before = set((await connection.execute(select(affiliations.c.tg_id).where(*mine))).scalars())
    wanted = set(tg_ids)
    if gone := before - wanted:
        await connection.execute(delete(affiliations).where(*mine, affiliations.c.tg_id.in_(gone)))
    rows = [
        {"unit_id": unit_id, "bearer": bearer, "tg_id": one, "since": at} for one in sorted(wanted - before)
    ]
    if rows:
        await connection.execute(insert(affiliations), rows)
    return before != wanted


async def leave_all(transaction: Transaction, unit_id: str) -> None:
    """The unit is on no group any more, and was put on none."""
    for table in (affiliations, members):
        await transaction.connection.execute(delete(table).where(table.c.unit_id == unit_id))


async def on_group(connection: AsyncConnection, tg_id: str) -> list[str]:
    """The units that are on it now, over any bearer."""
    wanted = select(affiliations.c.unit_id).where(affiliations.c.tg_id == tg_id).distinct()
    return sorted((await connection.execute(wanted)).scalars())


async def groups_by_unit(connection: AsyncConnection, unit_id: str | None = None) -> dict[str, list[str]]:
    """The groups that each unit (or this one) is on."""
    wanted = select(affiliations.c.unit_id, affiliations.c.tg_id).distinct()
    if unit_id is not None:
        wanted = wanted.where(affiliations.c.unit_id == unit_id)
    found: dict[str, list[str]] = {}
    for row in await connection.execute(wanted.order_by(affiliations.c.tg_id)):
        found.setdefault(row.unit_id, []).append(row.tg_id)
    return found


def _group(row: Row[Any]) -> Talkgroup:
    return Talkgroup(
        tg_id=row.tg_id,
        name_zh=row.name_zh,
        name_en=row.name_en,
        tg_class=row.tg_class,
        rights=TalkgroupRights(tuple(row.monitor), tuple(row.talk), tuple(row.patch)),
        priority=row.priority,
        case_id=row.case_id,
        removed_at=row.removed_at,
    )
