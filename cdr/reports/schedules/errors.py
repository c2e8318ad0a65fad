"""Errors of scheduled reports."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Forbidden, NotFound


class UnknownSchedule(NotFound):
    kind: ClassVar[str] = "unknown-report-schedule"
    title: ClassVar[str] = "There is no such scheduled report"


class NoMailServer(Conflict):
    kind: ClassVar[str] = "no-mail-server"
    title: ClassVar[str] = "No mail server is set"


class ReportOwnerGone(Forbidden):
    kind: ClassVar[str] = "report-owner-gone"
    title: ClassVar[str] = "The owner of the scheduled report may no longer sign in"
