"""The table of notices: what is to be sent, and what was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import CaseProgress, DeclineReason
from citizen.contract import ProgressNotice, ReportStep
from citizen.tables import notices, report_cases, reports
from core.storage.dialect import insert_if_new, upsert

DECLINED: Final = "declined"
WAITING: Final = "waiting"
SENT: Final = "sent"
FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class DueNotice:
    """A notice whose time has come, and how often it was tried."""

    notice: ProgressNotice
    channel: str
    tries: int


def word_of(step: ReportStep) -> str:
    """The step in one word, as it is stored."""
    return DECLINED if step.progress is None else step.progress.value


async def add(
    connection: AsyncConnection,
    notice_id: UUID,
    report_id: UUID,
    step: ReportStep,
    *,
    additional: bool = False,
) -> bool:
    """Insert a notice to be sent at once; False when it is there already. `additional`: it is about a further
    problem of the report.
    """
    return await insert_if_new(
        connection,
        notices,
        {
            "notice_id": notice_id,
            "report_id": report_id,
            "progress": word_of(step),
            "declined": step.declined.value if step.declined else "",
            "at": step.at,
            "state": WAITING,
            "tries": 0,
            "due_at": step.at,
            "case_number": step.case_number,
            "additional": additional,
        },
    )


async def last_told(connection: AsyncConnection, report_id: UUID, case_id: UUID) -> str | None:
    """The step of the case that the reporter was last told; None for nothing yet."""
    told = report_cases.c.progress
    wanted = select(told).where(report_cases.c.report_id == report_id, report_cases.c.case_id == case_id)
    found: str | None = (await connection.execute(wanted)).scalar_one_or_none()
    return found


async def keep_told(connection: AsyncConnection, report_id: UUID, case_id: UUID, progress: str) -> None:
    row = {"report_id": report_id, "case_id": case_id, "progress": progress}
    await upsert(connection, report_cases, row, keys=["report_id", "case_id"])


async def steps_of(connection: AsyncConnection, report_id: UUID) -> list[ReportStep]:
    """The steps of a report, oldest first."""
    wanted = (
        select(notices).where(notices.c.report_id == report_id).order_by(notices.c.at, notices.c.notice_id)
    )
    return [
        step_of(row.at, row.progress, row.declined, row.case_number)
        for row in await connection.execute(wanted)
    ]


async def due(connection: AsyncConnection, now: datetime, limit: int) -> Sequence[DueNotice]:
    """Notices to send now, the longest due first. Of one report only the oldest: steps keep their order. Each
    channel has its share: one that hangs holds up no other.
    """
    earlier = notices.alias()
    is_earlier = and_(
        earlier.c.report_id == notices.c.report_id, earlier.c.state == WAITING, earlier.c.at < notices.c.at
    )
    turn = func.row_number().over(partition_by=reports.c.channel, order_by=notices.c.due_at)
    wanted = (
        select(
            notices,
            reports.c.channel,
            reports.c.reporter,
            reports.c.number,
            reports.c.case_number.label("own_case"),
        )
        .join(reports, reports.c.report_id == notices.c.report_id)
        .where(notices.c.state == WAITING, notices.c.due_at <= now, ~exists().where(is_earlier))
        .order_by(turn, notices.c.due_at)
        .limit(limit)
    )
    return [
        DueNotice(
            ProgressNotice(
                notice_id=row.notice_id,
                reporter=row.reporter,
                number=row.number,
                case_number=row.case_number or row.own_case,
                step=step_of(row.at, row.progress, row.declined, row.case_number),
            ),
            row.channel,
            row.tries,
        )
        for row in await connection.execute(wanted)
    ]


async def settle(connection: AsyncConnection, notice_id: UUID, state: str, *, tries: int) -> None:
    """It was sent, or never will be."""
    changed = update(notices).where(notices.c.notice_id == notice_id)
    await connection.execute(changed.values(state=state, tries=tries))


async def postpone(connection: AsyncConnection, notice_id: UUID, due_at: datetime, *, tries: int) -> None:
    changed = update(notices).where(notices.c.notice_id == notice_id)
    await connection.execute(changed.values(due_at=due_at, tries=tries))


def step_of(at: datetime, progress: str, declined: str, case_number: str = "") -> ReportStep:
    return ReportStep(
        at,
        None if progress == DECLINED else CaseProgress(progress),
        DeclineReason(declined) if declined else None,
        case_number,
    )
