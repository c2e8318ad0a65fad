"""The room's tables: calls that have ended, and what was said about them. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, String, Table, Text, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Json, UtcDateTime, Uuid, metadata
from core.storage.dialect import insert_if_new
from core.storage.operations import claim
from hotline.events import CallClosed, CallOutcome, DispositionKind

calls = Table(
    "hotline_calls",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("agent_ids", Json, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("queue", String(80), nullable=False, server_default=""),
    Column("queued_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("direction", String(16), nullable=False, server_default="inbound"),
    Index("ix_hotline_calls_ended_at", "ended_at"),
)

dispositions = Table(
    "hotline_dispositions",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("call_id", Uuid, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("case_ids", Json, nullable=False),
    Column("agent_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Disposition:
    op_id: UUID
    call_id: UUID
    kind: DispositionKind
    note: str
    case_ids: tuple[UUID, ...]
    agent_id: str
    at: datetime


async def add_call(connection: AsyncConnection, closed: CallClosed) -> bool:
    """False if it was there already."""
    row = {
        "call_id": closed.call_id,
        "outcome": closed.outcome.value,
        "agent_ids": closed.agent_ids,
        "ended_at": closed.ended_at,
        "queue": closed.queue[:80],
        "queued_at": closed.queued_at,
        "answered_at": closed.answered_at,
        "direction": closed.direction,
    }
    return await insert_if_new(connection, calls, row)


async def add_disposition(connection: AsyncConnection, disposition: Disposition) -> Disposition | None:
    """None when it is new; else the one that this operation kept before. Raises `OperationReused` when that
    one is of another call.
    """
    row = {
        "op_id": disposition.op_id,
        "call_id": disposition.call_id,
        "kind": disposition.kind.value,
        "note": disposition.note,
        "case_ids": [str(case_id) for case_id in disposition.case_ids],
        "agent_id": disposition.agent_id,
        "at": disposition.at,
    }
    return _disposition(await claim(connection, dispositions, row, same=["call_id"]))


async def disposition_of(connection: AsyncConnection, call_id: UUID) -> Disposition | None:
    """The latest one of a call."""
    query = (
        select(dispositions)
        .where(dispositions.c.call_id == call_id)
        .order_by(dispositions.c.at.desc(), dispositions.c.op_id.desc())
        .limit(1)
    )
    return _disposition((await connection.execute(query)).one_or_none())


async def agents_of_call(connection: AsyncConnection, call_id: UUID) -> frozenset[str] | None:
    """Who spoke in an ended call; None for a call that was never closed here."""
    query = select(calls.c.agent_ids).where(calls.c.call_id == call_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else frozenset(str(agent) for agent in row.agent_ids)


async def undisposed(connection: AsyncConnection, since: datetime, limit: int) -> Sequence[tuple[UUID, str]]:
    """Answered calls since then that nobody has given a disposition: (call, its last agent)."""
    said = select(dispositions.c.call_id)
    query = (
        select(calls.c.call_id, calls.c.agent_ids)
        .where(
            calls.c.outcome == CallOutcome.ANSWERED.value,
            calls.c.ended_at >= since,
            calls.c.call_id.not_in(said),
        )
        .order_by(calls.c.ended_at.desc())
        .limit(limit)
    )
    rows = (await connection.execute(query)).all()
    return [(row.call_id, str(row.agent_ids[-1])) for row in rows if row.agent_ids]


def _disposition(row: Row[tuple[object, ...]] | None) -> Disposition | None:
    if row is None:
        return None
    return Disposition(
        op_id=row.op_id,
        call_id=row.call_id,
        kind=DispositionKind(row.kind),
        note=row.note,
        case_ids=tuple(UUID(case_id) for case_id in row.case_ids),
        agent_id=row.agent_id,
        at=row.at,
    )
