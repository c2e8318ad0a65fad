"""One call as a row of figures, and each agent's share in it. Pure data; durations are whole milliseconds, so
that sums that were added and taken away again come out exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

QUARTER_S: Final = 900
"""Everything is added up by quarters of an hour of UTC: every time zone in use is off by whole ones."""

SHORT_MS: Final = 5_000
"""Who gives up sooner than this is shown apart: he did not wait for us."""

THRESHOLDS_S: Final = (5, 10, 15, 20, 30, 60, 120)
"""Answer times that a service level may be asked for; GB/T 33358 says 15 s."""

DISPOSITIONS: Final = ("case", "enquiry", "existing_case", "prank", "silent", "wrong_number")


def quarter_of(at: datetime) -> int:
    """The quarter of an hour since 1970 in which `at` (UTC) lies."""
    return int(at.timestamp()) // QUARTER_S


def start_of(quarter: int) -> datetime:
    """The beginning of a quarter, in UTC."""
    return datetime.fromtimestamp(quarter * QUARTER_S, UTC)


def ms_of(seconds: float) -> int:
    """Seconds as whole milliseconds, halves up. Asterisk tells microseconds, and those are exact here."""
    return (round(seconds * 1_000_000) + 500) // 1000


class CallPurpose(StrEnum):
    """What the centre placed a call for, where the reports tell it."""

    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True)
class AgentShare:
    """What one agent had to do with a call. `agent` is `phone:ENDPOINT` when nobody is known to sit there."""

    agent: str
    rings: int = 0
    missed: int = 0
    taken: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    wrap_ms: int = 0
    transfers: int = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """An ended call. `wait_ms` runs from the queue (or the start) to the first talk or the end; `disposition`
    is empty while no agent has said it; `callback` is `asked`, `attempt` or empty; `purpose` is a
    `CallPurpose`, empty for what came in or people placed. Of the survey: how many opinions there are, the
    sum of their digits, how many are the best digit 1; whether it was solved.
    """

    call_id: UUID
    queue: str
    direction: str
    outcome: str
    started_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime
    wait_ms: int = 0
    length_ms: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    wrap_ms: int = 0
    rings: int = 0
    missed: int = 0
    transfers: int = 0
    disposition: str = ""
    callback: str = ""
    purpose: str = ""
    surveys: int = 0
    survey_scores: int = 0
    survey_points: int = 0
    survey_good: int = 0
    solved_answers: int = 0
    solved: int = 0
    shares: tuple[AgentShare, ...] = ()

    @property
    def quarter(self) -> int:
        """The quarter of an hour in which the call began, counted from the Unix epoch."""
        return quarter_of(self.started_at)


@dataclass(frozen=True, slots=True)
class FiledFact:
    """A filing about a call: a disposition, an act, a survey, a callback."""

    kind: str
    at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WrapUp:
    """Wrap-up that an agent spent on this call."""

    agent: str
    seconds: float


@dataclass(frozen=True, slots=True)
class LegSeen:
    leg_id: str
    endpoint: str
    agent: str
    party: str
    talk_s: float
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportSource:
    """All that the ledger holds of one call and that a figure is made of. `rings` and `transfers` are as the
    call's record has them.
    """

    call_id: UUID
    queue: str
    direction: str
    outcome: str
    started_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime
    wait_s: float
    talk_s: float
    purpose: str = ""
    rings: tuple[Mapping[str, Any], ...] = ()
    transfers: tuple[Mapping[str, Any], ...] = ()
    legs: tuple[LegSeen, ...] = ()
    said: tuple[FiledFact, ...] = ()
    wrap_ups: tuple[WrapUp, ...] = ()
