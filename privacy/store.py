"""The table of ordered erasures and their finished stores. The number is removed when all are finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Index, Row, String, Table, Text, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Json, UtcDateTime, Uuid, metadata

erasures = Table(
    "privacy_erasures",
    metadata,
    Column("erasure_id", Uuid, primary_key=True),
    Column("number", String(254), nullable=False),
    Column("call_ids", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", String(64), nullable=False),
    Column("ordered_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("steps", Json, nullable=False),
    Column("done_at", UtcDateTime),
    Index("ix_privacy_erasures_state", "state", "ordered_at"),
)

RUNNING: Final = "running"
ERASED: Final = "erased"
MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Erasure:
    """`number` is empty for one call alone, and when it is done. `steps` tells by the store's name why it is
    not done yet; empty: it is.
    """

    erasure_id: UUID
    number: str
    call_ids: tuple[UUID, ...]
    reason: str
    by: str
    ordered_at: datetime
    state: str = RUNNING
    steps: Mapping[str, str] = field(default_factory=dict)
    done_at: datetime | None = None

    @property
    def open_steps(self) -> Mapping[str, str]:
        """Steps that are not done, each with the reason."""
        return {name: why for name, why in self.steps.items() if why}


async def add(connection: AsyncConnection, erasure: Erasure) -> None:
    """Insert an erasure."""
    await connection.execute(insert(erasures).values(**_values(erasure)))


async def save(connection: AsyncConnection, erasure: Erasure) -> None:
    """Write the changed columns of an erasure."""
    await connection.execute(
        update(erasures).where(erasures.c.erasure_id == erasure.erasure_id).values(**_values(erasure))
    )


async def get(connection: AsyncConnection, erasure_id: UUID) -> Erasure | None:
    found = await connection.execute(select(erasures).where(erasures.c.erasure_id == erasure_id))
    row = found.one_or_none()
    return None if row is None else _erasure(row)


async def running(connection: AsyncConnection) -> Sequence[Erasure]:
    """The oldest first."""
    found = await connection.execute(
        select(erasures).where(erasures.c.state == RUNNING).order_by(erasures.c.ordered_at).limit(MOST)
    )
    return [_erasure(row) for row in found]


async def since(connection: AsyncConnection, moment: datetime | None) -> Sequence[Erasure]:
    """The newest first."""
    wanted = select(erasures).order_by(erasures.c.ordered_at.desc()).limit(MOST)
    if moment is not None:
        wanted = wanted.where(erasures.c.ordered_at >= moment)
    return [_erasure(row) for row in await connection.execute(wanted)]


async def covered(connection: AsyncConnection, call_id: UUID) -> bool:
    """Whether an erasure of this call was ordered."""
    found = await connection.execute(
        select(erasures.c.call_ids).order_by(erasures.c.ordered_at.desc()).limit(MOST)
    )
    return any(str(call_id) in ids for ids in found.scalars())


def _values(erasure: Erasure) -> dict[str, Any]:
    return {
        "erasure_id": erasure.erasure_id,
        "number": erasure.number,
        "call_ids": [str(one) for one in erasure.call_ids],
        "reason": erasure.reason,
        "by": erasure.by,
        "ordered_at": erasure.ordered_at,
        "state": erasure.state,
        "steps": dict(erasure.steps),
        "done_at": erasure.done_at,
    }


def _erasure(row: Row[Any]) -> Erasure:
    return Erasure(
        row.erasure_id, row.number, tuple(UUID(one) for one in row.call_ids), row.reason, row.by,
        row.ordered_at, row.state, dict(row.steps), row.done_at,
    )  # fmt: skip
