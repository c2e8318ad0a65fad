"""Cameras that were turned and have not gone back: also after a restart each is turned back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction
from core.storage.dialect import upsert
from sensing.tables import camera_moves


@dataclass(frozen=True, slots=True)
class CameraMove:
    """Where a camera was turned last: `preset` is empty for a move by hand, `case_number` for no case."""

    code: str
    preset: str
    case_number: str
    moved_by: str
    moved_at: datetime


async def every(connection: AsyncConnection) -> list[CameraMove]:
    rows = await connection.execute(select(camera_moves).order_by(camera_moves.c.code))
    return [CameraMove(row.code, row.preset, row.case_number, row.moved_by, row.moved_at) for row in rows]


async def put(transaction: Transaction, move: CameraMove) -> None:
    await upsert(transaction.connection, camera_moves, asdict(move), keys=["code"])


async def remove(transaction: Transaction, code: str) -> None:
    await transaction.connection.execute(delete(camera_moves).where(camera_moves.c.code == code))
