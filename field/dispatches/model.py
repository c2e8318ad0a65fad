"""A job on its way to a unit: which states it takes, whatever order the reports come in. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from cases.events import CrewStep, DispatchStep, VerificationFinding
from core.place import Position

NUMBER_DIGITS: Final = 5
JobKind = Literal["job", "verification"]
"""Work to do, or a place to look at: an inspector's verification task, which is done by its answer."""


class DownlinkState(StrEnum):
    """What was sent to the unit, and whether it has answered: the state of a row of the downlink table.

    How far the crew has come with the job is its `DispatchStep`.
    """

    QUEUED = "queued"
    UNREACHABLE = "unreachable"
    SENT = "sent"
    OPEN = "open"
    CLOSED = "closed"
    RECALLING = "recalling"
    RECALLED = "recalled"


TO_SEND = frozenset({DownlinkState.QUEUED, DownlinkState.UNREACHABLE})
LIVE = frozenset({DownlinkState.QUEUED, DownlinkState.UNREACHABLE, DownlinkState.SENT, DownlinkState.OPEN})
"""What a unit that asks is told to have."""


@dataclass(frozen=True, slots=True)
class JobContent:
    """What the unit is told. Never the caller's number, never the caller's name."""

    case_number: str
    category: str
    place: str
    description: str = ""
    urgent: bool = False
    confidential: bool = False
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    category_code: str = ""
    with_units: tuple[str, ...] = ()
    """Names of other units that have the case, or may believe so."""
    kind: JobKind = "job"
    due_at: str | None = None
    """Until when a verification task is to be answered; ISO 8601."""

    @property
    def position(self) -> Position | None:
        if self.lon is None or self.lat is None or not self.accuracy_m:
            return None
        return Position(lon=self.lon, lat=self.lat, accuracy_m=self.accuracy_m)

    @property
    def number(self) -> str:
        """What a crew says and types for the job: the last digits of the case's number."""
        return job_number(self.case_number)


def job_number(case_number: str) -> str:
    """Up to five digits; empty for a number without any."""
    found = re.findall(r"[0-9]+", case_number)
    return found[-1][-NUMBER_DIGITS:] if found else ""


@dataclass(frozen=True, slots=True)
class UnitJob:
    """`seq` and `msg_id` stay the same for each attempt to send, so that a copy is seen as one."""

    dispatch_id: UUID
    unit_id: str
    state: DownlinkState
    content: JobContent | None
    seq: int
    msg_id: UUID
    queued_at: datetime
    last_step: DispatchStep = DispatchStep.QUEUED
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UnitReportEntry:
    """What a unit said about a dispatch; `reported_at` by its own clock, `seq` by its own count."""

    unit_id: str
    dispatch_id: UUID
    step: CrewStep
    reason: str
    note: str
    msg_id: UUID
    seq: int
    reported_at: datetime
    bearer: Literal["terminal", "text", "call", "messenger"] = "terminal"
    finding: VerificationFinding | None = None
    position: Position | None = None


def lacks_finding(job: UnitJob, report: UnitReportEntry) -> bool:
    """A verification task is done by what was found, and not by the bare word that it is."""
    is_task = job.content is not None and job.content.kind == "verification"
    return is_task and report.step is DispatchStep.DONE and report.finding is None


def after_report(job: UnitJob, step: CrewStep) -> UnitJob:
    """The job after the unit said `step`. A late, earlier step changes nothing; the last word stays."""
    if step.rank <= job.last_step.rank:
        return job
    if job.state in {DownlinkState.RECALLING, DownlinkState.RECALLED}:
        return replace(job, last_step=step)
    return replace(job, last_step=step, state=DownlinkState.CLOSED if step.ends else DownlinkState.OPEN)


def after_offer(job: UnitJob, *, reached: bool) -> UnitJob:
    """The job after the broker's answer to its message."""
    if job.state == DownlinkState.RECALLING:
        # A unit without a session learns it from the list of open jobs that it asks for.
        return replace(job, state=DownlinkState.RECALLED)
    if job.state not in TO_SEND:
        return job
    return replace(job, state=DownlinkState.SENT if reached else DownlinkState.UNREACHABLE)


def after_recall(job: UnitJob, reason: str) -> UnitJob:
    """The job after the centre took it back; what is closed stays closed."""
    if job.state in {DownlinkState.CLOSED, DownlinkState.RECALLING, DownlinkState.RECALLED}:
        return job
    untold = job.state in TO_SEND
    return replace(job, state=DownlinkState.RECALLED if untold else DownlinkState.RECALLING, reason=reason)
