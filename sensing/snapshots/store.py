"""Pictures of cameras in the database; their bytes are photos of the case."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction
from core.storage.dialect import insert_if_new
from sensing.tables import snapshots


class SnapshotMoment(StrEnum):
    """Whether a picture shows the place before the work or after it; `NEITHER` as long as nobody said so."""

    NEITHER = ""
    BEFORE = "before"
    AFTER = "after"


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
    moment: SnapshotMoment = SnapshotMoment.NEITHER


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


async def marked(connection: AsyncConnection, case_id: UUID) -> dict[SnapshotMoment, CameraSnapshot]:
    """The picture before and the picture after the work, those of them that somebody named."""
    wanted = select(snapshots).where(snapshots.c.case_id == case_id, snapshots.c.moment != "")
    rows = await connection.execute(wanted.order_by(snapshots.c.taken_at))
    return {one.moment: one for one in map(_snapshot, rows)}


async def mark(transaction: Transaction, one: CameraSnapshot, moment: SnapshotMoment) -> None:
    """It is the one picture of its case with this moment: another loses it."""
    connection = transaction.connection
    if moment is not SnapshotMoment.NEITHER:
        same = (snapshots.c.case_id == one.case_id) & (snapshots.c.moment == moment.value)
        await connection.execute(update(snapshots).where(same).values(moment=""))
    mine = snapshots.c.snapshot_id == one.snapshot_id
    await connection.execute(update(snapshots).where(mine).values(moment=moment.value))


def _snapshot(row: Row[Any]) -> CameraSnapshot:
    found = dict(row._mapping)  # noqa: SLF001
    return CameraSnapshot(**{**found, "moment": SnapshotMoment(found["moment"])})
