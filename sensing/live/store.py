"""Live views in the database: who saw which camera, for which case, from when to when."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction
from sensing.recordings.model import RecordedSpan
from sensing.tables import live_views


class LiveEnd(StrEnum):
    """By what a view ended; `NONE` while it goes on, and after a crash."""

    NONE = ""
    VIEWER = "viewer"
    PAGE = "page"
    TIME = "time"
    CAMERA = "camera"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class RecordedView:
    """`until` is when it ends unless it goes on; `plays_from` and `plays_to`: what was recorded then is seen,
    not what is there now.
    """

    view_id: UUID
    code: str
    case_id: UUID | None
    case_number: str
    viewer: str
    began_at: datetime
    until: datetime
    ended_at: datetime | None = None
    ended_by: LiveEnd = LiveEnd.NONE
    plays_from: datetime | None = None
    plays_to: datetime | None = None

    @property
    def span(self) -> RecordedSpan | None:
        """What was recorded and is seen; None for a live view."""
        if self.plays_from is None or self.plays_to is None:
            return None
        return RecordedSpan(self.plays_from, self.plays_to)


async def add(transaction: Transaction, one: RecordedView) -> None:
    """Raises `IntegrityError` for one that is there."""
    await transaction.connection.execute(insert(live_views).values(asdict(one)))


async def find(connection: AsyncConnection, view_id: UUID) -> RecordedView | None:
    row = (await connection.execute(select(live_views).where(live_views.c.view_id == view_id))).first()
    return None if row is None else _view(row._mapping)  # noqa: SLF001


async def save(transaction: Transaction, one: RecordedView) -> None:
    """When it ends, or ended."""
    changed = {"until": one.until, "ended_at": one.ended_at, "ended_by": one.ended_by.value}
    await transaction.connection.execute(
        update(live_views).where(live_views.c.view_id == one.view_id).values(changed)
    )


async def of_case(connection: AsyncConnection, case_id: UUID, limit: int) -> list[RecordedView]:
    """The newest first."""
    wanted = select(live_views).where(live_views.c.case_id == case_id)
    rows = await connection.execute(wanted.order_by(live_views.c.began_at.desc()).limit(limit))
    return [_view(row._mapping) for row in rows]  # noqa: SLF001


def _view(row: object) -> RecordedView:
    found = dict(row)  # type: ignore[call-overload]
    return RecordedView(**{**found, "ended_by": LiveEnd(found["ended_by"])})
