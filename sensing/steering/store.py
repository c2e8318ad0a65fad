"""Cameras that were told to move and not yet to stop: after a restart each is told to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction
from core.storage.dialect import upsert
from sensing.tables import moving_cameras


@dataclass(frozen=True, slots=True)
class MovingCamera:
    """`move_id` is the operation's `op_id`; `case_number` is empty for no case."""

    code: str
    move_id: UUID
    case_number: str
    moved_by: str
    began_at: datetime


async def every(connection: AsyncConnection) -> list[MovingCamera]:
    rows = await connection.execute(select(moving_cameras).order_by(moving_cameras.c.code))
    return [MovingCamera(**row._mapping) for row in rows]  # noqa: SLF001


async def put(transaction: Transaction, one: MovingCamera) -> None:
    """It moves; a move that it made before is this one now."""
    await upsert(transaction.connection, moving_cameras, asdict(one), keys=["code"])


async def remove(transaction: Transaction, move_id: UUID) -> None:
    """It stands; a later move of the same camera stays."""
    await transaction.connection.execute(delete(moving_cameras).where(moving_cameras.c.move_id == move_id))
