"""Pictures of cameras in the database; their bytes are photos of the case."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction
from core.storage.dialect import insert_if_new
from sensing.tables import snapshots


@dataclass(frozen=True, slots=True)
class CameraSnapshot:
    """`snapshot_id` is the id of its photo; `case_id` is None for a look without a case."""

    snapshot_id: UUID
    code: str
    case_id: UUID | None
    case_number: str
    taken_at: datetime
    taken_by: str
    sha256: str
    size: int


async def add(transaction: Transaction, one: CameraSnapshot) -> None:
    """Once for each id."""
    await insert_if_new(transaction.connection, snapshots, asdict(one))


async def find(connection: AsyncConnection, snapshot_id: UUID) -> CameraSnapshot | None:
    """None for one that there is not."""
    row = (await connection.execute(select(snapshots).where(snapshots.c.snapshot_id == snapshot_id))).first()
    return None if row is None else _snapshot(row)


async def of_case(connection: AsyncConnection, case_id: UUID, limit: int) -> list[CameraSnapshot]:
    """The newest first."""
    wanted = select(snapshots).where(snapshots.c.case_id == case_id)
    rows = await connection.execute(wanted.order_by(snapshots.c.taken_at.desc()).limit(limit))
    return [_snapshot(row) for row in rows]


def _snapshot(row: Row[Any]) -> CameraSnapshot:
    return CameraSnapshot(**row._mapping)  # noqa: SLF001
