"""What everybody may see of the reports of a channel: number, class, steps and a rounded place; of a report
whose case is confidential, nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Row, Select, bindparam, func, select

from cases.events import CaseProgress
from citizen.contract import PublicQuery, PublicReport, PublicStep, ReportStep
from citizen.notices.store import step_of
from citizen.ports import ExpectedTimes
from citizen.tables import notices, reports
from core.storage import Storage

MOST: Final = 1000
DIGITS: Final = 3
"""Of a degree: about 110 m to the north and 80 m to the east in Harbin."""
CLOSED: Final = (
    CaseProgress.DONE.value,
    CaseProgress.VERIFIED.value,
    CaseProgress.CLOSED.value,
    CaseProgress.CANCELLED.value,
    CaseProgress.HANDED_OVER.value,
    "declined",
)
_STEP: Final = ("at", "progress", "declined", "case_number")
_LAST: Final = notices.alias("last_step")
_LAST_ID: Final = (
    select(notices.c.notice_id)
    .where(notices.c.report_id == reports.c.report_id, ~notices.c.additional)
    .order_by(notices.c.at.desc(), notices.c.notice_id.desc())
    .limit(1)
    .correlate(reports)
    .scalar_subquery()
)
"""The step that was told last."""

_REPORTS: Final = (
    select(
        reports.c.number, reports.c.category, reports.c.received_at, reports.c.lon, reports.c.lat,
        reports.c.street, reports.c.case_id, *(_LAST.c[name].label(f"last_{name}") for name in _STEP),
    )
    .select_from(reports.outerjoin(_LAST, _LAST.c.notice_id == _LAST_ID))
    .where(~reports.c.hidden)
    .order_by(reports.c.received_at.desc(), reports.c.report_id.desc())
    .limit(bindparam("most", type_=Integer))
    .offset(bindparam("offset", type_=Integer))
)  # fmt: skip
_NAMED: Final = _REPORTS.where(
    reports.c.channel == bindparam("channel"), reports.c.number.in_(bindparam("numbers", expanding=True))
)
"""Made once: to make a statement takes longer than to ask it."""


class PublicLedger:
    """Implements `citizen.contract.PublicReports`."""

    def __init__(self, storage: Storage, expected_times: ExpectedTimes) -> None:
        self._storage = storage
        self._expected_times = expected_times

    async def listed(self, query: PublicQuery) -> Sequence[PublicReport]:
        """As `PublicReports.listed`."""
        if query.numbers:
            wanted: Select[Any] = _NAMED
            given: dict[str, Any] = {"channel": query.channel, "numbers": query.numbers}
        else:
            wanted, given = _REPORTS.where(*_conditions(query)), {}
        page = {"most": min(query.limit, MOST), "offset": query.offset}
        async with self._storage.read() as connection:
            rows = (await connection.execute(wanted, {**given, **page})).all()
        # What is over has no time any more; the step says so without another question.
        handled = [row.case_id for row in rows if row.case_id is not None and row.last_progress not in CLOSED]
        due = await self._expected_times(handled) if handled else {}
        return [_report(row, due.get(row.case_id)) for row in rows]

    async def steps(self, query: PublicQuery) -> Sequence[PublicStep]:
        """As `PublicReports.steps`."""
        wanted: Select[Any] = (
            select(
                notices.c.notice_id,
                notices.c.at,
                notices.c.progress,
                notices.c.declined,
                notices.c.case_number,
                reports.c.number,
            )
            .join(reports, reports.c.report_id == notices.c.report_id)
            .where(
                reports.c.channel == query.channel,
                ~reports.c.hidden,
                ~notices.c.additional,
                notices.c.at >= query.since,
                notices.c.at < query.until,
            )
            .order_by(notices.c.at, notices.c.notice_id)
            .limit(min(query.limit, MOST))
            .offset(query.offset)
        )
        async with self._storage.read() as connection:
            return [
                PublicStep(
                    row.notice_id, row.number, step_of(row.at, row.progress, row.declined, row.case_number)
                )
                for row in await connection.execute(wanted)
            ]


def _conditions(query: PublicQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        reports.c.channel == query.channel,
        reports.c.received_at >= query.since,
        reports.c.received_at < query.until,
    ]
    if query.categories:
        conditions.append(reports.c.category.in_(query.categories))
    if query.closed is not None:
        is_closed = func.coalesce(reports.c.progress, "").in_(CLOSED)
        conditions.append(is_closed if query.closed else ~is_closed)
    return conditions


def _report(row: Row[Any], due_at: datetime | None) -> PublicReport:
    received = ReportStep(row.received_at, CaseProgress.RECEIVED)
    step = received
    if row.last_at is not None:
        step = step_of(row.last_at, row.last_progress, row.last_declined, row.last_case_number)
    return PublicReport(
        number=row.number,
        category=row.category,
        received_at=row.received_at,
        updated_at=step.at,
        step=step,
        lon=None if row.lon is None else round(row.lon, DIGITS),
        lat=None if row.lat is None else round(row.lat, DIGITS),
        street=row.street,
        due_at=due_at,
    )
