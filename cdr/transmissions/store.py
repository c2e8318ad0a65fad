"""The table of transmissions in talkgroups: one row for each, written once when it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Index, Integer, Row, String, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.chain.records import SealedTable
from core.metrics import counter
from core.storage import Json, Transaction, UtcDateTime, Uuid, metadata

_kept = counter("cdr_transmissions", "Talks in talkgroups that were written into the ledger")

talks = Table(
    "cdr_talks",
    metadata,
    Column("talk_id", Uuid, primary_key=True),
    Column("talkgroup", String(64), nullable=False),
    Column("party", String(80), nullable=False),
    Column("name", String(80), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("request_id", Uuid),
    Column("emergency", Boolean, nullable=False),
    Column("came_from", String(64), nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("cause", String(32), nullable=False),
    Column("end_seen", Boolean, nullable=False),
    Column("seal", Json),
    Index("ix_cdr_talks_talkgroup", "talkgroup", "began_at"),
)
"""`party` and `name` are what was told on the air. Without `end_seen`, `ended_at` is when it was last known
of.
"""

TALKS = SealedTable("tg-talk", talks, "talk_id", frozenset(), talks.c.talk_id.is_not(None), written_once=True)

MOST_TALKS = 10_000
"""One answer has at most so many."""


@dataclass(frozen=True, slots=True)
class RecordedTransmission:
    """Times are UTC. `came_from` is the talkgroup that a patch brought the talk from, else empty; `cause` is
    why it ended, empty when the button was let go.
    """

    talk_id: UUID
    talkgroup: str
    party: str
    name: str
    priority: int
    request_id: UUID | None
    emergency: bool
    came_from: str
    began_at: datetime
    ended_at: datetime
    cause: str
    end_seen: bool


async def add(transaction: Transaction, talk: RecordedTransmission, now: datetime) -> bool:
    """Keep and seal a talk; False when it is there already."""
    connection = transaction.connection
    known = await connection.execute(select(talks.c.talk_id).where(talks.c.talk_id == talk.talk_id))
    if known.scalar_one_or_none() is not None:
        return False
    values = {name: _clean(value) for name, value in asdict(talk).items()}
    await connection.execute(insert(talks).values(**values))
    await TALKS.seal(transaction, [talk.talk_id], now)
    _kept.inc()
    return True


async def between(
    connection: AsyncConnection, group: str, since: datetime, until: datetime
) -> Sequence[RecordedTransmission]:
    """The talks in which a moment of the time lies, in order."""
    found = await connection.execute(
        select(talks)
        .where(talks.c.talkgroup == group, talks.c.began_at < until, talks.c.ended_at > since)
        .order_by(talks.c.began_at, talks.c.talk_id)
        .limit(MOST_TALKS)
    )
    return [_talk(row) for row in found]


def _talk(row: Row[Any]) -> RecordedTransmission:
    shown = row._mapping  # noqa: SLF001
    return RecordedTransmission(**{name: shown[name] for name in RecordedTransmission.__dataclass_fields__})


def _clean(value: object) -> object:
    """PostgreSQL takes no NUL in a text."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
