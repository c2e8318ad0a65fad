"""The tables of units: the register, their other names, and by which bearers they were heard.

`down_seq` counts what was ever addressed to the unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    bindparam,
    case,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Json, Transaction, UtcDateTime, metadata
from core.storage.dialect import insert_if_new, upsert
from field.contract.names import is_uid, name_key
from field.errors import NameTaken, UnitExists, UnknownUnit
from field.units.model import FREE, Bearer, Shift, Unit, union

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
    Column("heard_by", String(16), nullable=False, default="", server_default=""),
    Column("vehicle", Text, nullable=False, default="", server_default=""),
    Column("skills", Json, nullable=False, default=list, server_default="[]"),
    Column("devices", Json, nullable=False, default=list, server_default="[]"),
    Column("shift_starts_at", UtcDateTime),
    Column("shift_ends_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("revoked_by", String(80), nullable=False, default="", server_default=""),
    Column("department", String(64), nullable=False, default="", server_default=""),
)
"""`online`, `last_heard` and `heard_by` are the union of its bearers."""

names = Table(
    "radio_unit_names",
    metadata,
    Column("name_key", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    Column("unit_id", String(64), nullable=False),
    Column("address", Boolean, nullable=False),
    Index("ix_radio_unit_names_unit", "unit_id"),
)
"""What else a unit is called: aliases, and its addresses on other networks. One unit for each name, whatever
the network; `name_key` is the name as `field.contract.names.name_key` makes it."""

bearers = Table(
    "radio_bearers",
    metadata,
    Column("unit_id", String(64), primary_key=True),
    Column("bearer", String(16), primary_key=True),
    Column("online", Boolean, nullable=False),
    Column("heard_at", UtcDateTime),
    Column("groups_seq", Integer, nullable=False, default=0),
    Column("groups_at", UtcDateTime),
)
"""`groups_seq` and `groups_at` are the number and the sender's time of its last word on its groups."""

# Made once: to put a statement together costs as much as to carry it out.
_later = or_(units.c.last_heard.is_(None), units.c.last_heard < bindparam("at", type_=UtcDateTime))
_HEARD = (
    update(units)
    .where(
        units.c.unit_id.in_(
            # Locked in one order, and before anything else about these units.
            select(units.c.unit_id)
            .where(units.c.unit_id.in_(bindparam("who", expanding=True)), units.c.revoked_at.is_(None))
            .order_by(units.c.unit_id)
            .with_for_update()
        )
    )
    .values(
        down_seq=units.c.down_seq + 1,
        last_heard=case((_later, bindparam("at", type_=UtcDateTime)), else_=units.c.last_heard),
        heard_by=case((_later, bindparam("by", type_=String)), else_=units.c.heard_by),
    )
    .returning(units.c.unit_id, units.c.down_seq)
)
_NUMBER = (
    update(units)
    .where(units.c.unit_id == bindparam("of"))
    .values(down_seq=units.c.down_seq + bindparam("messages"))
)


async def add(transaction: Transaction, unit: Unit, *, at: datetime, by: str) -> None:
    """Raises `UnitExists`, `NameTaken`."""
    taken = select(names.c.unit_id).where(names.c.name_key == name_key(unit.unit_id))
    if (await transaction.connection.execute(taken)).first() is not None:
        raise NameTaken(unit.unit_id, remedy="another unit has it as an address")
    try:
        await transaction.connection.execute(
            insert(units).values(
                unit_id=unit.unit_id,
                online=False,
                down_seq=0,
                created_at=at,
                created_by=by,
                **_described(unit),
            )
        )
    except IntegrityError as error:
        raise UnitExists(unit.unit_id) from error
    await _keep_names(transaction, unit)


async def change(transaction: Transaction, unit: Unit) -> None:
    """Keep what describes the unit, with its names. Raises `UnknownUnit`, `NameTaken`."""
    statement = update(units).where(units.c.unit_id == unit.unit_id).values(**_described(unit))
    if (await transaction.connection.execute(statement)).rowcount != 1:
        raise UnknownUnit(unit.unit_id)
    await _keep_names(transaction, unit)


async def revoke(transaction: Transaction, unit_id: str, *, at: datetime | None, by: str) -> None:
    """Since when it may not sign in; None takes that back. A revoked unit is online by nothing."""
    values: dict[str, Any] = {"revoked_at": at, "revoked_by": by if at is not None else ""}
    if at is not None:
        values["online"] = False
    await transaction.connection.execute(update(units).where(units.c.unit_id == unit_id).values(**values))
    if at is not None:
        gone = update(bearers).where(bearers.c.unit_id == unit_id).values(online=False)
        await transaction.connection.execute(gone)


async def find(connection: AsyncConnection, unit_id: str) -> Unit | None:
    row = (await connection.execute(select(units).where(units.c.unit_id == unit_id))).first()
    if row is None:
        return None
    called = await connection.execute(select(names).where(names.c.unit_id == unit_id).order_by(names.c.name))
    return _unit(row, called.all())


async def names_of(connection: AsyncConnection, unit_ids: Sequence[str]) -> dict[str, str]:
    """The name of each of these units that was ever enrolled."""
    found = await connection.execute(
        select(units.c.unit_id, units.c.name).where(units.c.unit_id.in_(unit_ids))
    )
    return {row.unit_id: row.name for row in found}


async def of_department(connection: AsyncConnection, department: str) -> list[tuple[str, str, bool]]:
    """Id, name and whether it is online of each unit of a department that may sign in, by name."""
    wanted = (
        select(units.c.unit_id, units.c.name, units.c.online)
        .where(units.c.department == department, units.c.revoked_at.is_(None))
        .order_by(units.c.name, units.c.unit_id)
    )
    return [(row.unit_id, row.name, row.online) for row in await connection.execute(wanted)]


async def enrolled(connection: AsyncConnection, unit_id: str) -> bool:
    """Whether the unit is known and not revoked."""
    wanted = select(units.c.unit_id).where(units.c.unit_id == unit_id, units.c.revoked_at.is_(None))
    return (await connection.execute(wanted)).first() is not None


async def resolve(connection: AsyncConnection, name: str) -> str | None:
    """The unit of this name: its own, an alias, or an address on any network."""
    own = select(units.c.unit_id).where(units.c.unit_id == name)
    if is_uid(name) and (await connection.execute(own)).first() is not None:
        return name
    wanted = select(names.c.unit_id).where(names.c.name_key == name_key(name))
    return (await connection.execute(wanted)).scalar_one_or_none()


async def all_units(connection: AsyncConnection, statuses: Mapping[str, str]) -> list[Unit]:
    """Every unit by name; `statuses` has those that are not free."""
    called: dict[str, list[Row[Any]]] = {}
    for row in await connection.execute(select(names).order_by(names.c.name)):
        called.setdefault(row.unit_id, []).append(row)
    rows = (await connection.execute(select(units).order_by(units.c.unit_id))).all()
    return [_unit(row, called.get(row.unit_id, ()), statuses.get(row.unit_id, FREE)) for row in rows]


async def bearers_by_unit(connection: AsyncConnection, unit_id: str | None = None) -> dict[str, list[Bearer]]:
    """The bearers of each unit (or of this one)."""
    wanted = select(bearers).order_by(bearers.c.unit_id, bearers.c.bearer)
    if unit_id is not None:
        wanted = wanted.where(bearers.c.unit_id == unit_id)
    found: dict[str, list[Bearer]] = {}
    for row in await connection.execute(wanted):
        found.setdefault(row.unit_id, []).append(Bearer(row.bearer, row.online, row.heard_at))
    return found


async def by_address(connection: AsyncConnection, network: str) -> dict[str, str]:
    """The units that can be heard in this network, by the key of their name there; revoked ones are none."""
    root = f"{network}:"
    alive = units.c.revoked_at.is_(None)
    own = select(units.c.unit_id.label("name"), units.c.unit_id).where(
        units.c.unit_id.startswith(root, autoescape=True), alive
    )
    addresses = (
        select(names.c.name, names.c.unit_id)
        .join(units, units.c.unit_id == names.c.unit_id)
        .where(names.c.address, names.c.name.startswith(root, autoescape=True), alive)
    )
    return {name_key(row.name): row.unit_id for row in await connection.execute(own.union_all(addresses))}


async def online_by(connection: AsyncConnection, bearer: str) -> set[str]:
    """The units that are there by this bearer."""
    wanted = select(bearers.c.unit_id).where(bearers.c.bearer == bearer, bearers.c.online)
    return set((await connection.execute(wanted)).scalars())


async def lock(transaction: Transaction, unit_id: str) -> bool:
    """Keep others from writing about the unit until the transaction ends; False for an unknown one.

    On PostgreSQL who locks in another order than others waits for them in a circle, so it is one order for
    all: the register's rows by name, then the unit's job, then the job's chain with its deliveries. What
    somebody does not write he leaves out, and never takes it up afterwards.
    """
    wanted = select(units.c.unit_id).where(units.c.unit_id == unit_id).with_for_update()
    return (await transaction.connection.execute(wanted)).first() is not None


async def hear(
    transaction: Transaction,
    unit_id: str,
    *,
    at: datetime,
    online: bool | None = None,
    bearer: str = "",
) -> bool:
    """Note that the unit was heard over `bearer` (its own network when empty), or is now there or gone by it.

    False for an unknown unit, and for one that was revoked: what it says does not count.
    """
    connection = transaction.connection
    # The register's row first, see `lock`.
    wanted = (
        select(units.c.online, units.c.last_heard, units.c.heard_by)
        .where(units.c.unit_id == unit_id, units.c.revoked_at.is_(None))
        .with_for_update()
    )
    row = (await connection.execute(wanted)).first()
    if row is None:
        return False
    bearer = bearer or unit_id.partition(":")[0]
    await _note(connection, unit_id, bearer, at=at, online=online)
    known = (await bearers_by_unit(connection, unit_id)).get(unit_id, [])
    shown = union(known)
    if (shown.online, shown.heard_at, shown.heard_by) != (row.online, row.last_heard, row.heard_by):
        await connection.execute(
            update(units)
            .where(units.c.unit_id == unit_id)
            .values(
                online=shown.online,
                last_heard=shown.heard_at or row.last_heard,
                heard_by=shown.heard_by or row.heard_by,
            )
        )
    return True


async def hear_run(transaction: Transaction, said: Sequence[str], *, at: datetime) -> dict[str, int]:
    """Note that these units said something, one for each time, over their own networks, and number a message
    to them for each. The first of its numbers for each unit that counts, as with `hear`.
    """
    times = Counter(said)
    first: dict[str, int] = {}
    for network, who in groupby(sorted(times), key=_network):
        found = await transaction.connection.execute(_HEARD, {"who": list(who), "by": network, "at": at})
        first |= {row.unit_id: row.down_seq for row in found}
    more = [{"of": who, "messages": times[who] - 1} for who in sorted(first) if times[who] > 1]
    if more:
        await transaction.connection.execute(_NUMBER, more)
    await _note_many(transaction.connection, [(who, _network(who), at) for who in first])
    return first


async def hear_many(transaction: Transaction, voices: Sequence[tuple[str, str, datetime]]) -> None:
    """Note that units that are known were heard: unit, bearer, when. Whether they are there stays as it
    is.
    """
    if not voices:
        return
    connection = transaction.connection
    await _note_many(connection, voices)
    newest = {who: (by, at) for who, by, at in sorted(voices, key=lambda voice: voice[2])}
    await connection.execute(
        update(units)
        .where(
            units.c.unit_id == bindparam("who"),
            or_(units.c.last_heard.is_(None), units.c.last_heard < bindparam("at")),
        )
        .values(last_heard=bindparam("at"), heard_by=bindparam("by")),
        [{"who": who, "by": by, "at": at} for who, (by, at) in sorted(newest.items())],
    )


async def _note_many(connection: AsyncConnection, voices: Sequence[tuple[str, str, datetime]]) -> None:
    """Unit, bearer, when; in one order everywhere, or on PostgreSQL two would wait for each other."""
    rows = [
        {"unit_id": who, "bearer": by, "heard_at": at, "online": False, "groups_seq": 0}
        for who, by, at in sorted(voices)
    ]
    await upsert(connection, bearers, rows, keys=["unit_id", "bearer"], changed=["heard_at"])


async def _note(
    connection: AsyncConnection, unit_id: str, bearer: str, *, at: datetime, online: bool | None
) -> None:
    """A goodbye is not the unit's voice: it is said for it by the broker."""
    heard = None if online is False else at
    told = {"online": online, "heard_at": heard}
    await upsert(
        connection,
        bearers,
        {"unit_id": unit_id, "bearer": bearer, **told, "online": bool(online), "groups_seq": 0},
        keys=["unit_id", "bearer"],
        changed=[name for name, value in told.items() if value is not None],
    )


async def newer_groups(
    transaction: Transaction, unit_id: str, bearer: str, *, seq: int, said_at: datetime
) -> bool:
    """Whether this word on its groups is newer than the last; it is then the last. Call `hear` before.

    Older is what has both a lower number and an earlier time: a terminal that was set up anew counts from one
    again, and one whose clock was put right may seem to be in the past, but not both at once.
    """
    mine = (bearers.c.unit_id == unit_id, bearers.c.bearer == bearer)
    row = (
        await transaction.connection.execute(select(bearers.c.groups_seq, bearers.c.groups_at).where(*mine))
    ).one()
    if row.groups_at is not None and seq <= row.groups_seq and said_at <= row.groups_at:
        return False
    await transaction.connection.execute(
        update(bearers).where(*mine).values(groups_seq=seq, groups_at=said_at)
    )
    return True


async def next_seq(transaction: Transaction, unit_id: str) -> int:
    """The next number of a message to this unit. Raises `UnknownUnit`."""
    result = await transaction.connection.execute(
        update(units)
        .where(units.c.unit_id == unit_id)
        .values(down_seq=units.c.down_seq + 1)
        .returning(units.c.down_seq)
    )
    seq = result.scalar_one_or_none()
    if seq is None:
        raise UnknownUnit(unit_id)
    return int(seq)


def _network(unit_id: str) -> str:
    return unit_id.partition(":")[0]


async def _keep_names(transaction: Transaction, unit: Unit) -> None:
    """Raises `NameTaken` when another unit has one of them."""
    connection = transaction.connection
    await connection.execute(delete(names).where(names.c.unit_id == unit.unit_id))
    rows = [
        {"name_key": name_key(name), "name": name, "unit_id": unit.unit_id, "address": address}
        for address, given in ((False, unit.aliases), (True, unit.addresses))
        for name in given
    ]
    for row in rows:
        # A unit's own name is taken too: an address may not be another unit.
        own = select(units.c.unit_id).where(units.c.unit_id == row["name"])
        taken = (await connection.execute(own)).first() is not None
        if taken or not await insert_if_new(connection, names, row):
            raise NameTaken(str(row["name"]), remedy="each alias and address belongs to one unit")


def _described(unit: Unit) -> dict[str, Any]:
    return {
        "name": unit.name,
        "crew": list(unit.crew),
        "vehicle": unit.vehicle,
        "department": unit.department,
        "skills": list(unit.skills),
        "devices": list(unit.devices),
        "shift_starts_at": unit.shift.starts_at if unit.shift else None,
        "shift_ends_at": unit.shift.ends_at if unit.shift else None,
    }


def _unit(row: Row[Any], called: Sequence[Row[Any]], status: str = FREE) -> Unit:
    unit = Unit(
        unit_id=row.unit_id,
        name=row.name,
        crew=tuple(row.crew),
        online=row.online,
        last_heard=row.last_heard,
        status=status,
        heard_by=row.heard_by,
        aliases=tuple(one.name for one in called if not one.address),
        addresses=tuple(one.name for one in called if one.address),
        devices=tuple(row.devices),
        vehicle=row.vehicle,
        skills=tuple(row.skills),
        revoked_at=row.revoked_at,
        department=row.department,
    )
    if row.shift_starts_at is None or row.shift_ends_at is None:
        return unit
    return replace(unit, shift=Shift(row.shift_starts_at, row.shift_ends_at))
