"""The tables of callbacks: each as it is now, and the operations that were carried out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Column, ColumnElement, Float, Index, Integer, String, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Json, UtcDateTime, Uuid, metadata
from core.storage.dialect import NewValues, insert_missing, upsert
from core.storage.operations import claim
from hotline.outbound.callbacks.model import Entry

callbacks = Table(
    "hotline_callbacks",
    metadata,
    Column("callback_id", Uuid, primary_key=True),
    Column("number", String(32), nullable=False, index=True),
    Column("queue", String(80), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("outcome", String(16)),
    Column("place", Float, nullable=False),
    Column("due", Float, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("entry", Json, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("ix_hotline_callbacks_stage", "stage", "place"),
)

lost_calls = Table(
    "hotline_callback_calls",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("callback_id", Uuid, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)
"""Each lost call that has become a callback: none becomes one twice."""

operations = Table(
    "hotline_callback_operations",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("callback_id", Uuid, nullable=False),
    Column("verb", String(16), nullable=False),
    Column("actor_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)


_ENTRIES: Final = TypeAdapter(Entry)


async def put(connection: AsyncConnection, entry: Entry, at: datetime) -> None:
    """Write this version, unless a later one stands there already."""
    row = {
        "callback_id": entry.id,
        "number": entry.number,
        "queue": entry.queue,
        "stage": entry.stage,
        "outcome": entry.outcome,
        "place": entry.place,
        "due": entry.due,
        "rev": entry.rev,
        "entry": _body(entry),
        "changed_at": at,
    }
    await upsert(connection, callbacks, row, keys=["callback_id"], where=_not_later)


def _not_later(new: NewValues) -> ColumnElement[bool]:
    return callbacks.c.rev <= new.rev


async def remember_calls(connection: AsyncConnection, entry: Entry, at: datetime) -> None:
    rows = [{"call_id": call.call_id, "callback_id": entry.id, "at": at} for call in entry.calls]
    await insert_missing(connection, lost_calls, rows)


async def add_operation(
    connection: AsyncConnection, op_id: UUID, callback_id: UUID, verb: str, actor_id: str, at: datetime
) -> bool:
    """False if this operation was carried out already."""
    row = {"op_id": op_id, "callback_id": callback_id, "verb": verb, "actor_id": actor_id, "at": at}
    return await claim(connection, operations, row) is None


async def operation(connection: AsyncConnection, op_id: UUID) -> tuple[UUID, str] | None:
    """(callback, verb) of an operation that was carried out."""
    query = select(operations.c.callback_id, operations.c.verb).where(operations.c.op_id == op_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (row.callback_id, str(row.verb))


async def open_ones(connection: AsyncConnection, limit: int) -> list[Entry]:
    query = (
        select(callbacks.c.entry)
        .where(callbacks.c.stage != "closed")
        .order_by(callbacks.c.place, callbacks.c.callback_id)
        .limit(limit)
    )
    return [entry_of(row.entry) for row in (await connection.execute(query)).all()]


async def one(connection: AsyncConnection, callback_id: UUID) -> Entry | None:
    query = select(callbacks.c.entry).where(callbacks.c.callback_id == callback_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else entry_of(row.entry)


async def lately_closed(connection: AsyncConnection, limit: int) -> list[Entry]:
    """The last ones that were closed, latest first."""
    query = (
        select(callbacks.c.entry)
        .where(callbacks.c.stage == "closed")
        .order_by(callbacks.c.changed_at.desc())
        .limit(limit)
    )
    return [entry_of(row.entry) for row in (await connection.execute(query)).all()]


async def prune(connection: AsyncConnection, before: datetime) -> int:
    """Forget what was closed before then; how many went. The ledger keeps it by its own rules."""
    for table in (operations, lost_calls):
        await connection.execute(delete(table).where(table.c.at < before))
    done = (callbacks.c.stage == "closed") & (callbacks.c.changed_at < before)
    return (await connection.execute(delete(callbacks).where(done))).rowcount


def _body(entry: Entry) -> dict[str, Any]:
    body: dict[str, Any] = _ENTRIES.dump_python(entry, mode="json")
    return body


def entry_of(body: Mapping[str, Any]) -> Entry:
    """What `put` wrote. A field of a later version is left out, one of an earlier version has its default."""
    return _ENTRIES.validate_python(body)
