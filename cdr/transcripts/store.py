"""Tables of final transcript segments and of gaps: speech that has no text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Float, Row, String, Table, Text, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.chain.records import SealedTable
from core.storage import Json, Transaction, UtcDateTime, Uuid, metadata
from hotline.events import LegUnheard
from speech.events import TranscriptGap, TranscriptSegment

segments = Table(
    "cdr_segments",
    metadata,
    Column("segment_id", Uuid, primary_key=True),
    Column("call_id", Uuid, nullable=False, index=True),
    Column("leg_id", Uuid, nullable=False),
    Column("speaker", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("engine", String(64), nullable=False),
    Column("confidence", Float),
    Column("start_s", Float, nullable=False),
    Column("end_s", Float, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("node", String(64), nullable=False),
    Column("gap_id", Uuid),
    Column("seal", Json),
)
"""`gap_id`: the words were transcribed afterwards, from the recording, and fill that gap."""

gaps = Table(
    "cdr_gaps",
    metadata,
    Column("segment_id", Uuid, primary_key=True),
    Column("call_id", Uuid, nullable=False, index=True),
    Column("leg_id", Uuid, nullable=False),
    Column("speaker", String(16), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("start_s", Float, nullable=False),
    Column("end_s", Float, nullable=False),
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Column("node", String(64), nullable=False),
    Column("seal", Json),
)

SEGMENTS = SealedTable(
    "segment",
    segments,
    "segment_id",
    frozenset({"text"}),
    segments.c.segment_id.is_not(None),
    written_once=True,
    added={"gap_id": None},
)
GAPS = SealedTable("gap", gaps, "segment_id", frozenset(), gaps.c.segment_id.is_not(None), written_once=True)


@dataclass(frozen=True, slots=True)
class StoredGap:
    """A gap of our own making: somebody spoke, and his words are not kept."""

    segment_id: UUID
    call_id: UUID
    leg_id: UUID
    speaker: str
    reason: str
    start_s: float
    end_s: float
    started_at: datetime
    node: str


def unheard(event: TranscriptSegment) -> StoredGap:
    """What is kept of words that were said while the recording was paused."""
    return StoredGap(
        event.segment_id,
        event.call_id,
        event.leg_id,
        event.speaker,
        "paused",
        event.start_s,
        event.end_s,
        event.started_at,
        event.node,
    )


def untapped(event: LegUnheard) -> StoredGap:
    """What is kept of a time in which a leg had no tap. It counts from its own beginning."""
    return StoredGap(
        event.gap_id,
        event.call_id,
        event.leg_id,
        event.speaker,
        event.reason,
        0.0,
        max(0.0, (event.ended - event.began).total_seconds()),
        event.began,
        "",
    )


async def add(
    transaction: Transaction, event: TranscriptSegment | TranscriptGap | StoredGap, now: datetime
) -> bool:
    """Keep and seal a final segment or a gap; False when its `segment_id` is there already."""
    sealed = SEGMENTS if isinstance(event, TranscriptSegment) else GAPS
    connection = transaction.connection
    known = await connection.execute(
        select(sealed.table.c.segment_id).where(sealed.table.c.segment_id == event.segment_id)
    )
    if known.scalar_one_or_none() is not None:
        return False
    values = {
        column.name: _clean(getattr(event, column.name))
        for column in sealed.table.columns
        if column.name != "seal"
    }
    await connection.execute(insert(sealed.table).values(**values))
    await sealed.seal(transaction, [event.segment_id], now)
    return True


async def segments_of(connection: AsyncConnection, names: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Rows of these calls' segments, oldest first."""
    found = await connection.execute(
        select(segments)
        .where(segments.c.call_id.in_(names))
        .order_by(segments.c.started_at, segments.c.segment_id)
    )
    return found.all()


async def gaps_of(connection: AsyncConnection, names: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Rows of these calls' gaps, oldest first."""
    found = await connection.execute(
        select(gaps).where(gaps.c.call_id.in_(names)).order_by(gaps.c.started_at, gaps.c.segment_id)
    )
    return found.all()


def _clean(value: object) -> object:
    """PostgreSQL takes no NUL in a text."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
