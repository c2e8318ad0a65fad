"""Whom a follow-up asks, what is answered, and the three rates (三率). Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from cases.events import CaseSource
from core.models import Strict


class FollowUpState(StrEnum):
    """`due`: not asked yet; `asked`: by text message; `dial`: the centre calls by itself; `call`: an agent is
    to call; `withdrawn`: the case was reopened, or the citizen opted out.
    """

    DUE = "due"
    ASKED = "asked"
    DIAL = "dial"
    CALL = "call"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    WITHDRAWN = "withdrawn"


OPEN: Final = (FollowUpState.DUE, FollowUpState.ASKED, FollowUpState.DIAL, FollowUpState.CALL)
ANSWERABLE: Final = (*OPEN, FollowUpState.UNANSWERED)
REPLIABLE: Final = (FollowUpState.ASKED, FollowUpState.CALL, FollowUpState.UNANSWERED)
"""Of those that are asked by text message: what a reply may be about."""


class ConcernState(StrEnum):
    """What became of a reporter who is not satisfied: `open` until a person has looked at it."""

    NONE = ""
    OPEN = "open"
    REOPENED = "reopened"
    EXPLAINED = "explained"
    NO_ACTION = "no_action"


FollowUpWay = Literal["sms", "call", "agent", "none"]
Satisfaction = Literal[1, 2, 3]
MOST_NOTE: Final = 500
"""Satisfied, fairly satisfied, not satisfied."""
DISSATISFIED: Final = 3
ANSWER_TIME: Final = timedelta(days=30)
"""After that a closed case is not rated any more."""


SAME_REPLY: Final = timedelta(minutes=10)
"""The same reply of a number within this time is the same message, which the SMSC brought again."""


class SamplingRow(Strict):
    """Which closed cases are asked: empty lists fit every case. `percent` of them are asked by `way`."""

    sources: tuple[CaseSource, ...] = Field(default=(), max_length=20)
    urgencies: tuple[Annotated[str, Field(max_length=16)], ...] = Field(default=(), max_length=10)
    categories: tuple[Annotated[str, Field(max_length=64)], ...] = Field(default=(), max_length=100)
    """Beginnings of a class, as `gbt30428@2021/01`."""
    percent: int = Field(ge=0, le=100)
    way: FollowUpWay


class FollowUpRules(Strict):
    """Times are of the city. The first row of `sampling` that fits a case decides; else nobody asks."""

    sampling: tuple[SamplingRow, ...] = Field(
        default=(
            SamplingRow(urgencies=("danger", "urgent"), percent=100, way="agent"),
            SamplingRow(percent=100, way="sms"),
        ),
        max_length=100,
    )
    delay_h: float = Field(default=2.0, ge=0, le=720)
    """From closing to the question."""
    answer_h: float = Field(default=72.0, ge=1, le=720)
    """So long a text message waits for its reply."""
    call_unanswered_percent: int = Field(default=10, ge=0, le=100)
    """Of those who do not reply, so many are called by an agent."""
    attempts: int = Field(default=3, ge=1, le=10)
    retry_h: float = Field(default=4.0, ge=0.5, le=168)
    calls_from: time = time(9)
    calls_until: time = time(20)

    @model_validator(mode="after")
    def _hours(self) -> Self:
        if self.calls_from >= self.calls_until:
            raise ValueError("calls_until is later than calls_from")
        return self


@dataclass(frozen=True, slots=True)
class ClosedCase:
    """What the sampling looks at."""

    case_id: UUID
    source: CaseSource
    urgency: str
    category: str


@dataclass(frozen=True, slots=True)
class FollowUpAnswer:
    """What the reporter says; None for what was not asked or answered."""

    satisfaction: Satisfaction | None = None
    contacted: bool | None = None
    solved: bool | None = None

    @property
    def dissatisfied(self) -> bool:
        """Somebody has to look at it."""
        return self.satisfaction == DISSATISFIED or self.solved is False


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A follow-up as it is stored; `number` is empty once it was erased, or where there is none. `attempts`
    rang; `calls` automatic calls have ended, and `calling`: the next one may be running. `connected_at`: who
    pressed 0 was connected with a person, who is to enter what he said.
    """

    follow_up_id: UUID
    case_id: UUID
    case_number: str
    report_id: UUID | None
    number: str
    source: str
    district: str
    category: str
    department: str
    way: FollowUpWay
    state: FollowUpState
    due_at: datetime
    attempts: int
    taken_by: str
    contacted: bool | None
    solved: bool | None
    satisfaction: int | None
    note: str
    answered_by: str
    answered_at: datetime | None
    concern: ConcernState
    concern_note: str
    concern_by: str
    concern_at: datetime | None
    closed_at: datetime
    last_op: UUID | None
    calls: int = 0
    calling: bool = False
    connected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    """The three rates of follow-ups whose cases were closed in a time: each is a share of those who answered
    that question, None where nobody did.
    """

    asked: int
    answered: int
    response: float | None
    resolution: float | None
    satisfaction: float | None
    dissatisfied: int
    open_concerns: int


def chosen(rules: FollowUpRules, case: ClosedCase) -> FollowUpWay:
    """How this case is followed up. The same case is chosen whenever it is looked at."""
    for row in rules.sampling:
        if row.sources and case.source not in row.sources:
            continue
        if row.urgencies and case.urgency not in row.urgencies:
            continue
        if row.categories and not case.category.startswith(row.categories):
            continue
        return row.way if _lot(case.case_id, "ask") < row.percent else "none"
    return "none"


def calls_unanswered(rules: FollowUpRules, case_id: UUID) -> bool:
    """Whether an agent calls a reporter who did not reply."""
    return _lot(case_id, "call") < rules.call_unanswered_percent


def _lot(case_id: UUID, what: str) -> int:
    """0 to 99, evenly spread over cases."""
    return int.from_bytes(hashlib.sha256(case_id.bytes + what.encode()).digest()[:4], "big") % 100


def answer_of(digits: str) -> FollowUpAnswer | None:
    """`3`, or three digits: in touch (1 yes, 2 no), solved (1, 2), satisfaction (1 to 3)."""
    if digits in {"1", "2", "3"}:
        return FollowUpAnswer(_satisfaction(digits))
    if len(digits) == 3 and digits[0] in "12" and digits[1] in "12" and digits[2] in "123":
        return FollowUpAnswer(_satisfaction(digits[2]), digits[0] == "1", digits[1] == "1")
    return None


def satisfaction_of(stars: int) -> Satisfaction:
    """Of 1 to 5 stars: four and five are satisfied, three fairly."""
    return 1 if stars >= 4 else 2 if stars == 3 else 3


def _satisfaction(digit: str) -> Satisfaction:
    return 1 if digit == "1" else 2 if digit == "2" else 3


def in_hours(rules: FollowUpRules, now: datetime, timezone_h: float) -> bool:
    """Whether citizens may be called now."""
    return rules.calls_from <= (now + timedelta(hours=timezone_h)).time() < rules.calls_until


def share(yes: int, of: int) -> float | None:
    """Rounded to a thousandth; None of nothing."""
    return round(yes / of, 3) if of else None
