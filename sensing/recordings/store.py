"""Clips of recordings in the database; their bytes lie with the photos of cases."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction
from core.storage.dialect import insert_if_new
from sensing.recordings.model import RecordedSpan
from sensing.tables import clips


class ClipState(StrEnum):
    TAKING = "taking"
    KEPT = "kept"
    FAILED = "failed"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class RecordedClip:
    """`why` it failed, a `CameraFault`. `seconds`, `sha256` and `size` are of the video as it was kept, which
    is shorter than what was asked for where the recording has a gap.
    """

    clip_id: UUID
    code: str
    case_id: UUID
    case_number: str
    plays_from: datetime
    plays_to: datetime
    asked_at: datetime
    asked_by: str
    asked_name: str
    state: ClipState = ClipState.TAKING
    why: str = ""
    kept_at: datetime | None = None
    seconds: float | None = None
    sha256: str = ""
    size: int = 0
    path: str = ""
    key_id: str = ""
    erased_at: datetime | None = None
    erased_by: str = ""

    @property
    def span(self) -> RecordedSpan:
        return RecordedSpan(self.plays_from, self.plays_to)


async def add(transaction: Transaction, one: RecordedClip) -> None:
    """Once for each id."""
    await insert_if_new(transaction.connection, clips, asdict(one))


async def find(connection: AsyncConnection, clip_id: UUID) -> RecordedClip | None:
    """Also an erased one."""
    row = (await connection.execute(select(clips).where(clips.c.clip_id == clip_id))).first()
    return None if row is None else _clip(row)


async def of_case(connection: AsyncConnection, case_id: UUID, limit: int) -> list[RecordedClip]:
    """The newest first; without erased ones."""
    wanted = select(clips).where(clips.c.case_id == case_id, clips.c.state != ClipState.ERASED)
    rows = await connection.execute(wanted.order_by(clips.c.asked_at.desc(), clips.c.clip_id).limit(limit))
    return [_clip(row) for row in rows]


async def newest(connection: AsyncConnection, limit: int) -> list[RecordedClip]:
    """Of all cases, erased ones too."""
    rows = await connection.execute(
        select(clips).order_by(clips.c.asked_at.desc(), clips.c.clip_id).limit(limit)
    )
    return [_clip(row) for row in rows]


async def taking(connection: AsyncConnection) -> list[RecordedClip]:
    """Those that are not done, the oldest first."""
    wanted = select(clips).where(clips.c.state == ClipState.TAKING)
    rows = await connection.execute(wanted.order_by(clips.c.asked_at, clips.c.clip_id))
    return [_clip(row) for row in rows]


async def count_taking(connection: AsyncConnection) -> int:
    wanted = select(func.count()).where(clips.c.state == ClipState.TAKING)
    return int((await connection.execute(wanted)).scalar_one())


async def finish(transaction: Transaction, one: RecordedClip) -> bool:
    """It is kept or failed, unless it is over already: whether it is now."""
    changed = {
        "state": one.state, "why": one.why, "kept_at": one.kept_at, "seconds": one.seconds,
        "sha256": one.sha256, "size": one.size, "path": one.path, "key_id": one.key_id,
    }  # fmt: skip
    still = (clips.c.clip_id == one.clip_id) & (clips.c.state == ClipState.TAKING)
    done = await transaction.connection.execute(update(clips).where(still).values(changed))
    return done.rowcount == 1


async def mark_erased(transaction: Transaction, case_ids: Collection[UUID], *, at: datetime, by: str) -> None:
    """Nobody is shown those of these cases any more; that there were some stays."""
    theirs = update(clips).where(clips.c.case_id.in_(case_ids), clips.c.state != ClipState.ERASED)
    await transaction.connection.execute(theirs.values(state=ClipState.ERASED, erased_at=at, erased_by=by))


async def left_behind(connection: AsyncConnection, limit: int) -> list[RecordedClip]:
    """Erased ones whose files may be there still."""
    there = or_(clips.c.path != "", clips.c.key_id != "")
    rows = await connection.execute(
        select(clips).where(clips.c.state == ClipState.ERASED, there).limit(limit)
    )
    return [_clip(row) for row in rows]


async def file_gone(transaction: Transaction, clip_id: UUID) -> None:
    """Nothing of an erased clip lies in a file any more."""
    wanted = update(clips).where(clips.c.clip_id == clip_id, clips.c.state == ClipState.ERASED)
    await transaction.connection.execute(wanted.values(path="", key_id=""))


def _clip(row: Row[Any]) -> RecordedClip:
    found = dict(row._mapping)  # noqa: SLF001
    return RecordedClip(**{**found, "state": ClipState(found["state"])})
