"""The table of texts, both ways."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Integer, Row, String, Table, Text, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction, UtcDateTime, Uuid, metadata
from core.storage.dialect import insert_new
from field.events import TextState
from field.texts.model import WAITING, UnitText

texts = Table(
    "radio_texts",
    metadata,
    Column("text_id", Uuid, primary_key=True),
    Column("unit_id", String(64), nullable=False),
    Column("way", String(4), nullable=False),
    Column("state", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("by_name", Text, nullable=False),
    Column("said_at", UtcDateTime, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("delivered_at", UtcDateTime),
    Column("displayed_at", UtcDateTime),
    Column("read_by", String(80), nullable=False),
    Column("read_at", UtcDateTime),
    Column("until", UtcDateTime),
    Index("ix_radio_texts_due", "state", "due_at"),
    Index("ix_radio_texts_unit", "unit_id", "at"),
    Index("ix_radio_texts_at", "at"),
)

BATCH = 100


async def add(transaction: Transaction, text: UnitText) -> None:
    """Insert a text."""
    await transaction.connection.execute(insert(texts), [_row(text)])


async def add_new(transaction: Transaction, new: Sequence[UnitText]) -> frozenset[UUID]:
    """Add those whose ids nothing else has; the ids of these. No two of `new` have the same."""
    if not new:
        return frozenset()
    rows = [_row(text) for text in sorted(new, key=lambda text: text.text_id)]
    added = await insert_new(transaction.connection, texts, rows, returning=[texts.c.text_id])
    return frozenset(added.scalars())


async def find(connection: AsyncConnection, text_id: UUID, *, change: bool = False) -> UnitText | None:
    """`change` keeps others from changing it until the transaction ends."""
    wanted = select(texts).where(texts.c.text_id == text_id)
    row = (await connection.execute(wanted.with_for_update() if change else wanted)).first()
    return None if row is None else _text(row)


async def save(transaction: Transaction, text: UnitText, *, due_at: datetime | None = None) -> None:
    """Keep how far it has come; `due_at` says when it is offered next."""
    values = _moved(text)
    if due_at is not None:
        values["due_at"] = due_at
    await transaction.connection.execute(
        update(texts).where(texts.c.text_id == text.text_id).values(**values)
    )


async def due(connection: AsyncConnection, now: datetime) -> list[UnitText]:
    """Texts to send now or to give up, each unit's in the order in which they were numbered."""
    rows = await connection.execute(
        select(texts)
        .where(texts.c.state.in_(WAITING), texts.c.due_at <= now)
        .order_by(texts.c.unit_id, texts.c.seq)
        .limit(BATCH)
    )
    return [_text(row) for row in rows]


async def make_due(transaction: Transaction, unit_id: str, now: datetime) -> None:
    """Offer again what this unit has not said to have: it is there."""
    await transaction.connection.execute(
        update(texts).where(texts.c.unit_id == unit_id, texts.c.state.in_(WAITING)).values(due_at=now)
    )


async def end(transaction: Transaction, text_ids: Collection[UUID], now: datetime) -> None:
    """What these say holds no longer: units that have not said to have them are not offered them again."""
    open_ones = texts.c.text_id.in_(text_ids) & texts.c.state.in_(WAITING)
    await transaction.connection.execute(update(texts).where(open_ones).values(until=now, due_at=now))


async def listed(
    connection: AsyncConnection,
    *,
    unit_id: str | None = None,
    unread: bool = False,
    before: datetime | None = None,
    limit: int,
) -> Sequence[UnitText]:
    """The newest first."""
    wanted = select(texts).order_by(texts.c.at.desc(), texts.c.text_id.desc()).limit(limit)
    if unit_id is not None:
        wanted = wanted.where(texts.c.unit_id == unit_id)
    if unread:
        wanted = wanted.where(texts.c.state == TextState.RECEIVED)
    if before is not None:
        wanted = wanted.where(texts.c.at < before)
    return [_text(row) for row in await connection.execute(wanted)]


async def states_of(connection: AsyncConnection, text_ids: Collection[UUID]) -> dict[UUID, TextState]:
    """How far these have come; those that were forgotten are left out."""
    wanted = select(texts.c.text_id, texts.c.state).where(texts.c.text_id.in_(text_ids))
    return {row.text_id: TextState(row.state) for row in await connection.execute(wanted)}


async def forget(transaction: Transaction, before: datetime) -> int:
    """Delete what is older; how many."""
    return (await transaction.connection.execute(delete(texts).where(texts.c.at < before))).rowcount


def _row(text: UnitText) -> dict[str, Any]:
    return {
        "text_id": text.text_id, "unit_id": text.unit_id, "way": text.way, "text": text.text, "by": text.by,
        "by_name": text.by_name, "said_at": text.said_at, "at": text.at, "seq": text.seq, "due_at": text.at,
        "until": text.until, **_moved(text),
    }  # fmt: skip


def _moved(text: UnitText) -> dict[str, Any]:
    return {
        "state": text.state, "delivered_at": text.delivered_at, "displayed_at": text.displayed_at,
        "read_by": text.read_by, "read_at": text.read_at,
    }  # fmt: skip


def _text(row: Row[Any]) -> UnitText:
    return UnitText(
        text_id=row.text_id, unit_id=row.unit_id, way=row.way, state=TextState(row.state), text=row.text,
        by=row.by, by_name=row.by_name, said_at=row.said_at, at=row.at, seq=row.seq,
        delivered_at=row.delivered_at, displayed_at=row.displayed_at, read_by=row.read_by,
        read_at=row.read_at, until=row.until,
    )  # fmt: skip
