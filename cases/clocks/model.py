"""Time limits, pauses, and what counting them gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.errors import Invalid


class Counting(StrEnum):
    """What of the time counts."""

    NATURAL = "natural"
    """All of it: urgent hours and days, calendar days."""
    WORKING = "working"
    """Working hours of working days."""


class WhyCounted(StrEnum):
    """Why a stretch of time counts or does not."""

    RUNNING = "running"
    WORKING_TIME = "working_time"
    OUT_OF_HOURS = "out_of_hours"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    OUT_OF_SEASON = "out_of_season"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """So much counted time may pass. `season` names one of the calendar; empty: all year."""

    lasts: timedelta
    counting: Counting
    season: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands still from `begin` to before `end`; None: until somebody ends it."""

    begin: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the time from the start, aware and in the calendar's zone."""

    begin: datetime
    end: datetime
    counted: bool
    why: WhyCounted
    name: str = ""
    """The holiday's name."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """`due` and `warning` are None while a pause without an end keeps them from being known.

    `provisional`: a day that was looked at lies in a year without an official calendar.
    """

    due: datetime | None
    warning: datetime | None
    provisional: bool
    stretches: Sequence[Stretch]


class NeverDue(Invalid):
    """The limit cannot pass within ten years: a season that never is, or hours that are none."""

    kind = "never-due"
    title = "The time limit never ends"


class NoSuchSeason(Invalid):
    kind = "no-such-season"
    title = "The calendar has no such season"
