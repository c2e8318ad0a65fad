"""Tables of calls and legs, the other names of a call, and the calls that the reader closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.cel.model import ID_LENGTH
from cdr.chain.records import SealedTable
from core.storage import Json, Transaction, UtcDateTime, Uuid, metadata
from core.storage.dialect import insert_if_new

calls = Table(
    "cdr_calls",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("system_name", String(64), nullable=False),
    Column("linkedids", Json, nullable=False),
    Column("direction", String(16), nullable=False),
    Column("number", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("dialled", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("queued_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("wait_s", Float, nullable=False),
    Column("talk_s", Float, nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("closed_by", String(16)),
    Column("agents", Json, nullable=False),
    Column("rings", Json, nullable=False),
    Column("transfers", Json, nullable=False),
    Column("pauses", Json, nullable=False, server_default="[]"),
    Column("merged_into", Uuid),
    Column("revision", Integer, nullable=False),
    Column("seal", Json),
    Index("ix_cdr_calls_number", "number", "started_at"),
    Index("ix_cdr_calls_started_at", "started_at"),
    Index("ix_cdr_calls_ended_at", "ended_at"),
    Index("ix_cdr_calls_queue", "queue", "started_at"),
    Index("ix_cdr_calls_talk", "talk_s", "started_at"),
)

legs = Table(
    "cdr_legs",
    metadata,
    Column("leg_id", Uuid, primary_key=True),
    Column("call_id", Uuid, nullable=False, index=True),
    Column("uniqueid", String(ID_LENGTH), nullable=False, index=True),
    Column("channel", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("party", String(16), nullable=False),
    Column("agent", String(64), nullable=False),
    Column("number", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("talk_s", Float, nullable=False),
    Column("cause", Integer),
    Column("stays", Json, nullable=False, server_default="[]"),
    Column("seal", Json),
    Index("ix_cdr_legs_agent", "agent", "started_at"),
)

aliases = Table(
    "cdr_call_aliases",
    metadata,
    Column("alias", Uuid, primary_key=True),
    Column("call_id", Uuid, nullable=False, index=True),
    Column("system_name", String(64), nullable=False),
    Column("linkedid", String(ID_LENGTH), nullable=False, index=True),
)

closings = Table(
    "cdr_call_closings",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("last_row_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime, nullable=False),
)

joins = Table(
    "cdr_call_joins",
    metadata,
    Column("system_name", String(64), primary_key=True),
    Column("linkedid", String(ID_LENGTH), primary_key=True),
    Column("first", String(ID_LENGTH), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_cdr_call_joins_first", "system_name", "first"),
)
"""Linkedids of one call that no CEL line ties: the hotline saw the switch join them."""

marks = Table(
    "cdr_call_marks",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("confidential", Boolean, nullable=False),
    Column("marked_at", UtcDateTime, nullable=False),
    Column("marked_by", String(64), nullable=False),
    Column("seal", Json),
)

CALLS = SealedTable(
    "call",
    calls,
    "call_id",
    frozenset({"number", "name", "dialled"}),
    calls.c.ended_at.is_not(None),
    added={"pauses": []},
)
LEGS = SealedTable(
    "leg",
    legs,
    "leg_id",
    frozenset({"number", "name"}),
    legs.c.call_id.in_(select(calls.c.call_id).where(calls.c.ended_at.is_not(None))),
    added={"stays": []},
)
MARKS = SealedTable("confidential", marks, "call_id", frozenset(), marks.c.call_id.is_not(None))


# Made once: to put a statement together costs as much as to carry it out.
_CALL = select(calls).where(calls.c.call_id == bindparam("of_call"))
_LAST_CLOSED = (
    select(closings.c.last_row_at)
    .where(closings.c.call_id.in_(bindparam("names", expanding=True)))
    .order_by(closings.c.last_row_at.desc())
    .limit(1)
)


async def call_of(connection: AsyncConnection, call_id: UUID) -> Row[Any] | None:
    """The row of a call; None when the ledger does not have it."""
    return (await connection.execute(_CALL, {"of_call": call_id})).one_or_none()


async def legs_of(connection: AsyncConnection, call_id: UUID) -> Sequence[Row[Any]]:
    """The rows of a call's legs, oldest first."""
    found = await connection.execute(
        select(legs).where(legs.c.call_id == call_id).order_by(legs.c.started_at, legs.c.uniqueid)
    )
    return found.all()


async def names_of(connection: AsyncConnection, call_id: UUID) -> list[UUID]:
    """All ids under which this call was ever known, its own first."""
    found = await connection.execute(select(aliases.c.alias).where(aliases.c.call_id == call_id))
    return [call_id, *(alias for alias in found.scalars() if alias != call_id)]


async def resolve(connection: AsyncConnection, call_id: UUID) -> UUID | None:
    """The call that this id leads to now, through merges; None when the ledger does not know it."""
    found = await connection.execute(select(aliases.c.call_id).where(aliases.c.alias == call_id))
    return found.scalar_one_or_none()


async def by_linkedid(connection: AsyncConnection, linkedid: str) -> UUID | None:
    """The call with this linkedid, or with this channel's uniqueid."""
    found = await connection.execute(select(aliases.c.call_id).where(aliases.c.linkedid == linkedid).limit(1))
    call_id: UUID | None = found.scalar_one_or_none()
    if call_id is not None:
        return call_id
    found = await connection.execute(select(legs.c.call_id).where(legs.c.uniqueid == linkedid).limit(1))
    return found.scalar_one_or_none()


async def by_leg(connection: AsyncConnection, leg_id: UUID) -> UUID | None:
    """The call of a leg; None for an unknown one."""
    found = await connection.execute(select(legs.c.call_id).where(legs.c.leg_id == leg_id))
    return found.scalar_one_or_none()


async def is_confidential(connection: AsyncConnection, names: Sequence[UUID]) -> bool:
    """True when the call was marked confidential under any of its ids."""
    found = await connection.execute(
        select(marks.c.call_id).where(marks.c.call_id.in_(names), marks.c.confidential).limit(1)
    )
    return found.scalar_one_or_none() is not None


async def join(
    connection: AsyncConnection, system_name: str, linkedids: Sequence[str], now: datetime
) -> bool:
    """Remember that these linkedids are one call; False when that was known."""
    first, *others = linkedids
    new = False
    for linkedid in others:
        if linkedid != first:
            row = {"system_name": system_name, "linkedid": linkedid, "first": first, "at": now}
            new |= await insert_if_new(connection, joins, row)
    return new


async def mark_confidential(
    transaction: Transaction, marked: Mapping[UUID, bool], by: str, now: datetime
) -> None:
    """Set or lift the marks of these calls, under the chain; no change is no entry."""
    if not marked:
        return
    connection = transaction.connection
    found = await connection.execute(
        select(marks.c.call_id, marks.c.confidential).where(marks.c.call_id.in_(list(marked)))
    )
    held = {row.call_id: row.confidential for row in found}
    changed = {one: wanted for one, wanted in marked.items() if held.get(one, False) != wanted}
    for call_id, confidential in changed.items():
        values = {"confidential": confidential, "marked_at": now, "marked_by": by}
        if call_id in held:
            await connection.execute(update(marks).where(marks.c.call_id == call_id).values(**values))
        else:
            await connection.execute(insert(marks).values(call_id=call_id, **values))
    await MARKS.seal(transaction, list(changed), now)


async def last_row_closed(connection: AsyncConnection, names: Sequence[UUID]) -> datetime | None:
    """The time of the last row when the reader closed the call, None when it did not."""
    found = await connection.execute(_LAST_CLOSED, {"names": names})
    return found.scalar_one_or_none()
