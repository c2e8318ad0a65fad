"""What reporters added to their reports, and how they rated them, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from citizen.contract import CitizenRating, ReportAddition, ReportProgress
from citizen.notices import store as notice_store
from citizen.reports.model import StoredReport
from citizen.tables import additions, ratings
from core.ids import uuid7
from core.storage.dialect import insert_if_new, upsert


@dataclass(frozen=True, slots=True)
class StoredAddition:
    at: datetime
    text: str


async def add(connection: AsyncConnection, report_id: UUID, addition: ReportAddition, now: datetime) -> bool:
    """Insert it; False when this message was added before."""
    row = {
        "addition_id": uuid7(),
        "report_id": report_id,
        "message_id": addition.message_id,
        "text": addition.text.strip(),
        "at": now,
    }
    return await insert_if_new(connection, additions, row)


async def count(connection: AsyncConnection, report_id: UUID) -> int:
    wanted = select(func.count()).select_from(additions).where(additions.c.report_id == report_id)
    return int((await connection.execute(wanted)).scalar_one())


async def of_report(connection: AsyncConnection, report_id: UUID) -> Sequence[StoredAddition]:
    """The oldest first."""
    wanted = select(additions.c.at, additions.c.text).where(additions.c.report_id == report_id)
    rows = await connection.execute(wanted.order_by(additions.c.addition_id))
    return [StoredAddition(row.at, row.text) for row in rows]


async def rate(connection: AsyncConnection, report_id: UUID, rating: CitizenRating, now: datetime) -> None:
    """Write it in place of an earlier one."""
    row = {
        "report_id": report_id, "stars": rating.stars, "solved": rating.solved,
        "words": rating.words.strip(), "at": now,
    }  # fmt: skip
    await upsert(connection, ratings, row, keys=("report_id",))


async def rating_of(connection: AsyncConnection, report_id: UUID) -> CitizenRating | None:
    row = (await connection.execute(select(ratings).where(ratings.c.report_id == report_id))).one_or_none()
    return None if row is None else CitizenRating(row.stars, row.solved, row.words)


async def rated_at(connection: AsyncConnection, report_id: UUID) -> tuple[int, datetime] | None:
    """The stars, and when they were given last."""
    wanted = select(ratings.c.stars, ratings.c.at).where(ratings.c.report_id == report_id)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else (row.stars, row.at)


async def progress_of(connection: AsyncConnection, report: StoredReport) -> ReportProgress:
    """The report as its reporter sees it."""
    rating = await rating_of(connection, report.report_id)
    return ReportProgress(
        number=report.number,
        case_number=report.case_number,
        received_at=report.received_at,
        steps=tuple(await notice_store.steps_of(connection, report.report_id)),
        additions=await count(connection, report.report_id),
        stars=None if rating is None else rating.stars,
    )
