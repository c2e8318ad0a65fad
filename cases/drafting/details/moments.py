"""A moment that somebody spoke of, as closely as he said it, counted from the time of the call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

Kind = Literal["at", "since", "every"]
Precision = Literal["year", "month", "week", "day", "part", "hour", "minute", "said"]
Part = Literal["small-hours", "morning", "noon", "afternoon", "evening", "night"]
MORNING, NOON = 6, 12
_LATER: frozenset[str] = frozenset({"afternoon", "evening"})


@dataclass(frozen=True, slots=True)
class SpokenMoment:
    """What was said, before the calendar is looked at. Days and months are counted back from the call's.

    `hour` is the clock as it was said (1…24); without a part of the day it stays unknown which half it was.
    """

    kind: Kind = "at"
    days: int | None = None
    on: tuple[int, int] | None = None
    weekday: int | None = None
    weeks: int = 0
    months: int | None = None
    years: int | None = None
    part: Part | None = None
    hour: int | None = None
    minute: int | None = None
    vague: bool = False
    precision: Precision = field(default="day")


def written(spoken: SpokenMoment, now: datetime | None) -> tuple[str, Precision]:
    """ISO 8601 as far as it is known (`2026-11-24T20`, `2026-11-18`, `2026-10`), and how close that is.

    An empty text with `said` where the time of the call is not known, or the words fit no day.
    """
    if now is None or spoken.kind == "every" or spoken.vague:
        return "", "said"
    try:
        day = _day(spoken, now.date())
    except (OverflowError, ValueError):
        day = None
    if day is None:
        return "", "said"
    coarse = {"year": f"{day.year:04}", "month": day.isoformat()[:7], "week": day.isoformat()}
    hour = _hour(spoken)
    if spoken.precision in coarse:
        return coarse[spoken.precision], spoken.precision
    if hour is None:
        return day.isoformat(), "part" if spoken.part else "day"
    return _with_clock(spoken, day, hour)


def _with_clock(spoken: SpokenMoment, day: date, hour: int) -> tuple[str, Precision]:
    if spoken.part == "night" and hour < MORNING and spoken.days:
        day += timedelta(days=1)  # two o'clock last night belongs to the day after
    if spoken.minute is not None and 0 <= spoken.minute < 60:
        return f"{day.isoformat()}T{hour:02}:{spoken.minute:02}", "minute"
    return f"{day.isoformat()}T{hour:02}", "hour"


def _day(spoken: SpokenMoment, today: date) -> date | None:
    if spoken.on is not None:
        day = date(today.year, *spoken.on)
        day = day if day <= today else date(today.year - 1, *spoken.on)
    elif spoken.weekday is not None:
        monday = today - timedelta(days=today.weekday())
        back = timedelta(days=(today.weekday() - spoken.weekday) % 7)
        ago = timedelta(weeks=spoken.weeks) - timedelta(days=spoken.weekday)
        day = monday - ago if spoken.weeks else today - back
    elif spoken.years is not None:
        day = date(today.year - spoken.years, 1, 1)
    elif spoken.months is not None:
        index = today.year * 12 + today.month - 1 - spoken.months
        day = date(index // 12, index % 12 + 1, 1)
    elif spoken.weeks or spoken.days is not None:
        day = today - timedelta(weeks=spoken.weeks, days=spoken.days or 0)
    elif spoken.part or spoken.hour is not None:
        day = today
    else:
        return None
    return day


def _hour(spoken: SpokenMoment) -> int | None:
    """The hour of the day, 0 to 23; None where the words leave open which half of the day it was."""
    hour, part = spoken.hour, spoken.part
    if hour is None or not 0 <= hour <= 24:
        return None
    if part is None and hour <= NOON:
        return None
    later = (part in _LATER and hour < NOON) or (part == "noon" and hour < 3)
    if part == "night":
        later = MORNING <= hour < NOON
        hour = 0 if hour == NOON else hour
    return (hour + NOON if later else hour) % 24
