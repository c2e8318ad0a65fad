"""Cameras and their states in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction
from core.storage.dialect import upsert
from core.storage.operations import claim
from sensing.cameras.model import RegisteredCamera
from sensing.tables import camera_imports, camera_positions, camera_states, cameras

CHUNK: Final = 500
MOST_HISTORY: Final = 100


class CameraState(StrEnum):
    """`unknown`: it was not asked yet."""

    UNKNOWN = "unknown"
    UP = "up"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class CameraCondition:
    """Whether a camera answers, since when; `why` it does not."""

    state: CameraState = CameraState.UNKNOWN
    since: datetime | None = None
    why: str = ""


UNASKED: Final = CameraCondition()


@dataclass(frozen=True, slots=True)
class CameraPosition:
    """Where a camera that moves was; WGS-84 degrees."""

    at: datetime
    lon: float
    lat: float


async def every(connection: AsyncConnection) -> list[RegisteredCamera]:
    """The whole register."""
    return [_camera(row) for row in await connection.execute(select(cameras).order_by(cameras.c.code))]


async def names_of(connection: AsyncConnection, codes: Collection[str]) -> dict[str, str]:
    """The names of those of these cameras that the register has."""
    if not codes:
        return {}
    wanted = select(cameras.c.code, cameras.c.name).where(cameras.c.code.in_(codes))
    return {row.code: row.name for row in await connection.execute(wanted)}


async def revision(connection: AsyncConnection) -> tuple[int, datetime | None]:
    """What changes with each import that changes something."""
    wanted = select(func.count(), func.max(cameras.c.updated_at)).select_from(cameras)
    count, newest = (await connection.execute(wanted)).one()
    return int(count), newest


async def put(transaction: Transaction, rows: Sequence[RegisteredCamera], at: datetime) -> None:
    """Add these, or change those that are there."""
    for start in range(0, len(rows), CHUNK):
        some = [_row(one, at) for one in rows[start : start + CHUNK]]
        await upsert(transaction.connection, cameras, some, keys=["code"])


async def first_time(transaction: Transaction, op_id: UUID, at: datetime) -> bool:
    """Whether this import was not done before."""
    return await claim(transaction.connection, camera_imports, {"op_id": op_id, "at": at}) is None


async def conditions(connection: AsyncConnection) -> dict[str, CameraCondition]:
    """The newest state of each camera; those that were not asked yet are left out."""
    newest = select(camera_states.c.code, func.max(camera_states.c.since).label("since"))
    last = newest.group_by(camera_states.c.code).subquery()
    wanted = select(camera_states).join(
        last, (camera_states.c.code == last.c.code) & (camera_states.c.since == last.c.since)
    )
    return {row.code: _condition(row) for row in await connection.execute(wanted)}


async def history(connection: AsyncConnection, code: str) -> list[CameraCondition]:
    """The changes of one camera's state, the newest first."""
    wanted = select(camera_states).where(camera_states.c.code == code)
    rows = await connection.execute(wanted.order_by(camera_states.c.since.desc()).limit(MOST_HISTORY))
    return [_condition(row) for row in rows]


async def add_conditions(transaction: Transaction, changed: Mapping[str, CameraCondition]) -> None:
    """Record these changes."""
    rows = [
        {"code": code, "since": one.since, "state": one.state.value, "why": one.why}
        for code, one in changed.items()
    ]
    await transaction.connection.execute(insert(camera_states), rows)


async def positions(connection: AsyncConnection, since: datetime) -> dict[str, CameraPosition]:
    """The newest positions of cameras that told one since then."""
    rows = await connection.execute(select(camera_positions).where(camera_positions.c.at >= since))
    return {row.code: CameraPosition(row.at, row.lon, row.lat) for row in rows}


async def put_positions(transaction: Transaction, moved: Mapping[str, CameraPosition]) -> None:
    """Record where these cameras are now."""
    rows = [
        {"code": code, "at": one.at, "lon": one.lon, "lat": one.lat} for code, one in sorted(moved.items())
    ]
    await upsert(transaction.connection, camera_positions, rows, keys=["code"])


def _row(one: RegisteredCamera, at: datetime) -> dict[str, object]:
    return {**one.model_dump(exclude={"datum"}), "kind": one.kind.value, "updated_at": at}


def _camera(row: Row[tuple[object, ...]]) -> RegisteredCamera:
    return RegisteredCamera.model_validate(dict(row._mapping))  # noqa: SLF001


def _condition(row: Row[tuple[object, ...]]) -> CameraCondition:
    return CameraCondition(CameraState(row.state), row.since, row.why)
