"""The operations as the database keeps them: a request that rings a telephone is known after a restart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, String, Table, delete, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Json, UtcDateTime, Uuid, metadata
from core.storage.dialect import insert_if_new
from core.storage.operations import claim

operations = Table(
    "hotline_operations",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("call_id", Uuid, nullable=False),
    Column("verb", String(16), nullable=False),
    Column("actor_id", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("outcome", String(16), nullable=True),
    Column("answer", Json, nullable=True),
    Column("begun_at", UtcDateTime, nullable=False),
    Index("ix_hotline_operations_begun_at", "begun_at"),
)


@dataclass(frozen=True, slots=True)
class StoredOperation:
    """`digest` tells two requests apart. `outcome` is None from before the telephone rings until it is
    known.
    """

    op_id: UUID
    call_id: UUID
    verb: str
    actor_id: str
    digest: str
    begun_at: datetime
    outcome: str | None = None
    answer: Mapping[str, Any] | None = None


async def begin(connection: AsyncConnection, operation: StoredOperation) -> StoredOperation | None:
    """Write it down; the one that is there already under this op_id, or None when there was none. Raises
    `OperationReused` when that one is another request.
    """
    first = await claim(connection, operations, _values(operation), same=["digest"])
    return None if first is None else _operation(first)


async def finish(connection: AsyncConnection, operation: StoredOperation) -> bool:
    """Write the outcome down, once; False when it was there already."""
    done = (
        update(operations)
        .where(operations.c.op_id == operation.op_id, operations.c.outcome.is_(None))
        .values(outcome=operation.outcome, answer=operation.answer)
    )
    if (await connection.execute(done)).rowcount == 1:
        return True
    return await insert_if_new(connection, operations, _values(operation))


async def forget(connection: AsyncConnection, op_id: UUID) -> None:
    """Strike out one that was refused: nothing was done."""
    await connection.execute(
        delete(operations).where(operations.c.op_id == op_id, operations.c.outcome.is_(None))
    )


def _operation(row: Row[tuple[object, ...]]) -> StoredOperation:
    return StoredOperation(
        op_id=row.op_id,
        call_id=row.call_id,
        verb=row.verb,
        actor_id=row.actor_id,
        digest=row.digest,
        begun_at=row.begun_at,
        outcome=row.outcome,
        answer=row.answer,
    )


async def done_since(
    connection: AsyncConnection, since: datetime, verbs: Collection[str], limit: int
) -> Sequence[StoredOperation]:
    """What was done by these verbs since then, the latest first and at most `limit`."""
    query = (
        select(operations)
        .where(
            operations.c.begun_at >= since,
            operations.c.verb.in_(verbs),
            operations.c.outcome == "done",
        )
        .order_by(operations.c.begun_at.desc())
        .limit(limit)
    )
    return [_operation(row) for row in await connection.execute(query)]


def _values(operation: StoredOperation) -> dict[str, object]:
    return {
        "op_id": operation.op_id,
        "call_id": operation.call_id,
        "verb": operation.verb,
        "actor_id": operation.actor_id,
        "digest": operation.digest,
        "outcome": operation.outcome,
        "answer": operation.answer,
        "begun_at": operation.begun_at,
    }
