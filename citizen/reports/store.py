"""Reports and their pictures in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import CaseSource
from citizen.ports import CleanPicture
from citizen.reports.model import StoredReport
from citizen.tables import additions, counters, me_too, notices, pictures, ratings, reports
from core.place import Position
from core.storage.dialect import insert_if_new, next_number

# Made once: to put a statement together costs as much as to carry it out.
_BY_MESSAGE = select(reports).where(
    reports.c.channel == bindparam("of_channel"), reports.c.message_id == bindparam("of_message")
)


async def next_of_day(connection: AsyncConnection, day: str) -> int:
    """The next number of the day `YYYYMMDD`, from 1."""
    return await next_number(connection, counters, {"day": day}, "last")


async def add(connection: AsyncConnection, report: StoredReport, message_id: str) -> bool:
    """Insert the report; False when the channel delivered this message before."""
    where = report.position
    return await insert_if_new(
        connection,
        reports,
        {
            "report_id": report.report_id,
            "channel": report.channel,
            "message_id": message_id,
            "digest": report.digest,
            "source": report.source.value,
            "number": report.number,
            "code": report.code,
            "text": report.text,
            "place": report.place,
            "reporter": report.reporter,
            "phone": report.phone,
            "lon": where.lon if where else None,
            "lat": where.lat if where else None,
            "accuracy_m": where.accuracy_m if where else None,
            "category": report.category,
            "email": report.email,
            "language": report.language,
            "received_at": report.received_at,
            "case_id": report.case_id,
            "case_number": report.case_number,
            "progress": report.progress,
        },
    )


async def by_message(connection: AsyncConnection, channel: str, message_id: str) -> StoredReport | None:
    """The report that this message of the channel made."""
    asked = {"of_channel": channel, "of_message": message_id}
    row = (await connection.execute(_BY_MESSAGE, asked)).one_or_none()
    return None if row is None else _report(row)


async def by_number(connection: AsyncConnection, number: str, *, lock: bool = False) -> StoredReport | None:
    """`lock` as in `get`."""
    wanted = select(reports).where(reports.c.number == number)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _report(row)


async def of_reporter(
    connection: AsyncConnection, channel: str, reporter: str, limit: int
) -> Sequence[StoredReport]:
    """Those that came with this address, the newest first."""
    wanted = (
        select(reports)
        .where(reports.c.reporter == reporter, reports.c.channel == channel)
        .order_by(reports.c.received_at.desc(), reports.c.report_id.desc())
        .limit(limit)
    )
    return [_report(row) for row in await connection.execute(wanted)]


async def forget_reporter(connection: AsyncConnection, channel: str, reporter: str) -> int:
    """Erase this address; what waits to be sent there is not sent. How many reports had it."""
    his = (reports.c.reporter == reporter) & (reports.c.channel == channel)
    ids = select(reports.c.report_id).where(his)
    waiting = notices.c.report_id.in_(ids) & (notices.c.state == "waiting")
    await connection.execute(update(notices).where(waiting).values(state="failed"))
    return int((await connection.execute(update(reports).where(his).values(reporter=""))).rowcount)


async def make_public(
    connection: AsyncConnection, report_id: UUID, *, key: str, category: str, street: str
) -> None:
    """Write what everybody may see of its case."""
    changed = update(reports).where(reports.c.report_id == report_id)
    await connection.execute(changed.values(public_key=key, case_category=category, street=street))


async def get(connection: AsyncConnection, report_id: UUID, *, lock: bool = False) -> StoredReport | None:
    """`lock` holds the row for this transaction (PostgreSQL)."""
    wanted = select(reports).where(reports.c.report_id == report_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _report(row)


async def of_case(connection: AsyncConnection, case_id: UUID) -> StoredReport | None:
    """The first report that became this case."""
    wanted = select(reports).where(reports.c.case_id == case_id).order_by(reports.c.report_id).limit(1)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _report(row)


async def about(
    connection: AsyncConnection, case_id: UUID, report_ids: Collection[UUID], *, lock: bool = False
) -> list[StoredReport]:
    """The report that this case was filed from, and these, in one order everywhere; `lock` as in `get`."""
    mine = or_(reports.c.case_id == case_id, reports.c.report_id.in_(list(report_ids)))
    wanted = select(reports).where(mine).order_by(reports.c.report_id)
    return [_report(row) for row in await connection.execute(wanted.with_for_update() if lock else wanted)]


async def came_to(
    connection: AsyncConnection, report_id: UUID, *, progress: str, case_id: UUID | None, case_number: str
) -> None:
    """Write the step that is told, and the case."""
    changed = update(reports).where(reports.c.report_id == report_id)
    await connection.execute(changed.values(progress=progress, case_id=case_id, case_number=case_number))


async def hide(connection: AsyncConnection, report_id: UUID, *, hidden: bool) -> None:
    """Whether everybody may see number and steps of it."""
    await connection.execute(update(reports).where(reports.c.report_id == report_id).values(hidden=hidden))


async def add_picture(
    connection: AsyncConnection, picture_id: UUID, report_id: UUID, picture: CleanPicture, sha256: str
) -> None:
    await connection.execute(
        insert(pictures).values(
            picture_id=picture_id,
            report_id=report_id,
            kind=picture.kind,
            sha256=sha256,
            content=picture.content,
        )
    )


async def picture_ids(connection: AsyncConnection, report_id: UUID) -> list[UUID]:
    """In the order in which they came."""
    wanted = select(pictures.c.picture_id).where(pictures.c.report_id == report_id)
    return list((await connection.execute(wanted.order_by(pictures.c.picture_id))).scalars())


async def picture(connection: AsyncConnection, report_id: UUID, picture_id: UUID) -> CleanPicture | None:
    wanted = select(pictures.c.kind, pictures.c.content).where(
        pictures.c.report_id == report_id, pictures.c.picture_id == picture_id
    )
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else CleanPicture(row.kind, row.content)


async def to_forget(connection: AsyncConnection, before: datetime, limit: int) -> Sequence[UUID]:
    """Reports received before then that still hold their words, the oldest first."""
    wanted = (
        select(reports.c.report_id)
        .where(reports.c.forgotten_at.is_(None), reports.c.received_at < before)
        .order_by(reports.c.received_at)
        .limit(limit)
    )
    return list((await connection.execute(wanted)).scalars())


async def forget(connection: AsyncConnection, report_id: UUID, now: datetime) -> None:
    """Erase words, place, pictures and reporter; number, steps and case stay."""
    for table in (pictures, additions, me_too):
        await connection.execute(delete(table).where(table.c.report_id == report_id))
    rated = update(ratings).where(ratings.c.report_id == report_id)
    await connection.execute(rated.values(words=""))
    emptied = dict.fromkeys(("text", "place", "reporter", "phone", "email", "code", "digest"), "")
    nowhere = dict.fromkeys(("lon", "lat", "accuracy_m"))
    changed = update(reports).where(reports.c.report_id == report_id)
    await connection.execute(changed.values(**emptied, **nowhere, forgotten_at=now))
    waiting = (notices.c.report_id == report_id) & (notices.c.state == "waiting")
    await connection.execute(update(notices).where(waiting).values(state="failed"))


def _report(row: Row[Any]) -> StoredReport:
    where = None if row.lon is None else Position(lon=row.lon, lat=row.lat, accuracy_m=row.accuracy_m)
    return StoredReport(
        report_id=row.report_id, channel=row.channel, source=CaseSource(row.source), number=row.number,
        code=row.code, digest=row.digest, text=row.text, place=row.place, reporter=row.reporter,
        phone=row.phone, position=where, category=row.category, received_at=row.received_at,
        case_id=row.case_id, case_number=row.case_number, progress=row.progress, hidden=row.hidden,
        email=row.email, language=row.language,
    )  # fmt: skip
