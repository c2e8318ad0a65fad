"""What the routes of scheduled reports take and answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from cdr.reports.schedules.model import Every, FileFormat, MailLanguage, ReportName
from core.models import Strict

MOST_RECIPIENTS = 20
Address = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=254,
        pattern=r"^[A-Za-z0-9_%+\-]+(\.[A-Za-z0-9_%+\-]+)*@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+$",
    ),
]


class ScheduleWish(Strict):
    """`hour` is local, of the day after the one, the week or the month that the report is about."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    report: ReportName
    every: Every
    hour: int = Field(default=6, ge=0, le=23)
    queue: Annotated[str, StringConstraints(max_length=80)] = ""
    agent: Annotated[str, StringConstraints(max_length=160)] = ""
    recipients: Annotated[tuple[Address, ...], Field(min_length=1, max_length=MOST_RECIPIENTS)]
    format: FileFormat = "csv"
    language: MailLanguage = "zh"
    active: bool = True


class ReportScheduleView(BaseModel):
    schedule_id: UUID
    name: str
    report: ReportName
    every: Every
    hour: int
    time_zone: str
    queue: str
    agent: str
    recipients: list[str]
    format: FileFormat
    language: MailLanguage
    owner: str
    active: bool
    due_at: datetime
    changed_by: str
    changed_at: datetime


class ReportMailView(BaseModel):
    """`error` is the kind of the last error of one that is not sent, `why` the mail server's own words."""

    mail_id: UUID
    schedule_id: UUID
    recipient: str
    since: date
    until: date
    state: Literal["queued", "sent", "refused"]
    attempts: int
    error: str
    why: str
    queued_at: datetime
    ended_at: datetime | None


class ReportScheduleList(BaseModel):
    """`ready`: the settings name a mail server. `mails` are the latest ones."""

    ready: bool
    schedules: list[ReportScheduleView]
    mails: list[ReportMailView]
