"""When a scheduled report is due, and of which time it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from cdr.reports.intervals import Interval

ReportName = Literal["queues", "agents", "quality", "calls", "evaluation"]
FileFormat = Literal["csv", "parquet", "none"]
MailLanguage = Literal["zh", "en"]
_NAMES: Final = UUID("6f0d5c7e-7d1f-5a53-9d8e-0c6a2b0f4a11")
"""Under which the ids of mails are made."""


class Every(StrEnum):
    """Of the day, the week (from Monday) or the month that has ended."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """Local days; `until` no longer belongs to it."""

    since: date
    until: date


def due_after(every: Every, hour: int, where: ZoneInfo, after: datetime) -> datetime:
    """The first time after `after` that the report is due: at this local hour of the day on which a period
    has ended. UTC.
    """
    day = after.astimezone(where).date()
    while True:
        if _ends(every, day):
            due = datetime.combine(day, time(hour), where).astimezone(UTC)
            if due > after:
                return due
        day += timedelta(days=1)


def period_of(every: Every, where: ZoneInfo, due: datetime) -> ReportPeriod:
    """What the report that is due then is about: the last whole period before that day."""
    until = due.astimezone(where).date()
    while not _ends(every, until):
        until -= timedelta(days=1)
    if every is Every.DAY:
        return ReportPeriod(until - timedelta(days=1), until)
    if every is Every.WEEK:
        return ReportPeriod(until - timedelta(days=7), until)
    return ReportPeriod((until - timedelta(days=1)).replace(day=1), until)


def interval_of(report: ReportName, every: Every) -> Interval:
    """How the rows of such a mail are cut: people are compared over the whole time, queues along it."""
    if report != "queues":
        return Interval.WHOLE
    return Interval.HOUR if every is Every.DAY else Interval.DAY


def mail_id(schedule_id: UUID, period: ReportPeriod, recipient: str, again: UUID | None = None) -> UUID:
    """The same mail has the same id whoever makes it, so that it is queued once. `again` is the operation
    of somebody who has it sent once more.
    """
    about = f"{schedule_id} {period.since} {period.until} {recipient.casefold()} {again or ''}"
    return uuid5(_NAMES, about)


def _ends(every: Every, day: date) -> bool:
    """Whether a period ends with the midnight on which this day begins."""
    if every is Every.WEEK:
        return day.weekday() == 0
    return every is Every.DAY or day.day == 1
