"""Tables of legal holds and of completed erasures by rule."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Row, String, Table, Text, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.chain.records import SealedTable
from cdr.filings.store import subject_calls
from core.storage import Json, Transaction, UtcDateTime, Uuid, metadata
from core.storage.dialect import insert_missing

legal_holds = Table(
    "cdr_legal_holds",
    metadata,
    Column("hold_id", Uuid, primary_key=True),
    Column("subject", String(160), nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", String(64), nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("lifted_by", String(64)),
    Column("lifted_at", UtcDateTime),
    Column("lift_reason", Text),
    Column("lift_op", Uuid),
    Column("seal", Json),
    Index("ix_cdr_legal_holds_subject", "subject", "lifted_at"),
)
"""`subject` is `call:<call id>`, what was filed: `case:<case id>`, then it covers all the case's calls, or
`talkgroup:<name>`: all recordings of it.
"""

LEGAL_HOLDS = SealedTable(
    "legal-hold", legal_holds, "hold_id", frozenset(), legal_holds.c.hold_id.is_not(None)
)

done = Table(
    "cdr_retention_done",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

MOST_HOLDS = 1_000


async def set_hold(
    transaction: Transaction, hold_id: UUID, subject: str, *, reason: str, by: str, now: datetime
) -> bool:
    """False when a hold with this id is there already."""
    connection = transaction.connection
    if await hold_of(connection, hold_id) is not None:
        return False
    await connection.execute(
        insert(legal_holds).values(hold_id=hold_id, subject=subject, reason=reason, set_by=by, set_at=now)
    )
    await LEGAL_HOLDS.seal(transaction, [hold_id], now)
    return True


async def lift_hold(
    transaction: Transaction, hold_id: UUID, *, reason: str, by: str, op_id: UUID, now: datetime
) -> None:
    await transaction.connection.execute(
        update(legal_holds)
        .where(legal_holds.c.hold_id == hold_id)
        .values(lifted_by=by, lifted_at=now, lift_reason=reason, lift_op=op_id)
    )
    await LEGAL_HOLDS.seal(transaction, [hold_id], now)


async def note(transaction: Transaction, call_id: UUID, kinds: Collection[str], now: datetime) -> None:
    """Remember what was erased of a call, so that no rule looks at it again."""
    rows = [{"call_id": call_id, "kind": str(kind), "at": now} for kind in kinds]
    await insert_missing(transaction.connection, done, rows)


async def hold_of(connection: AsyncConnection, hold_id: UUID) -> Row[Any] | None:
    """The row of a legal hold; None for an unknown id."""
    found = await connection.execute(select(legal_holds).where(legal_holds.c.hold_id == hold_id))
    return found.one_or_none()


async def is_held(connection: AsyncConnection, subject: str) -> bool:
    """Whether a hold stands on exactly this."""
    found = await connection.execute(
        select(legal_holds.c.hold_id)
        .where(legal_holds.c.subject == subject, legal_holds.c.lifted_at.is_(None))
        .limit(1)
    )
    return found.first() is not None


async def open_holds(connection: AsyncConnection, *, lifted: bool = False) -> Sequence[Row[Any]]:
    """Holds that stand, and with `lifted` those that were, newest first."""
    statement = select(legal_holds).order_by(legal_holds.c.set_at.desc()).limit(MOST_HOLDS)
    if not lifted:
        statement = statement.where(legal_holds.c.lifted_at.is_(None))
    return (await connection.execute(statement)).all()


async def holds_on(connection: AsyncConnection, names: Sequence[UUID]) -> Sequence[Row[Any]]:
    """The holds that stand on a call: on any of its ids, or on something that is filed about it."""
    filed = select(subject_calls.c.subject).where(subject_calls.c.call_id.in_(names))
    found = await connection.execute(
        select(legal_holds)
        .where(
            legal_holds.c.lifted_at.is_(None),
            legal_holds.c.subject.in_([f"call:{name}" for name in names]) | legal_holds.c.subject.in_(filed),
        )
        .order_by(legal_holds.c.set_at)
    )
    return found.all()
