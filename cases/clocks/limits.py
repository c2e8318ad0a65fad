"""What a row of the catalogue's time limits means on a calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from cases.catalogue.model import LimitAmount, LimitUnit
from cases.clocks.calendar import WorkingCalendar
from cases.clocks.model import Counting, TimeLimit

_NATURAL: Final[Mapping[LimitUnit, timedelta]] = {
    "minutes": timedelta(minutes=1),
    "emergency_hours": timedelta(hours=1),
    "emergency_days": timedelta(days=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}


def time_limit(allowed: LimitAmount, calendar: WorkingCalendar) -> TimeLimit:
    """A working day is so many working hours as the calendar says, whatever hour it begins at."""
    natural = _NATURAL.get(allowed.unit)
    if natural is not None:
        return TimeLimit(allowed.amount * natural, Counting.NATURAL, allowed.season)
    hours = 1.0 if allowed.unit == "working_hours" else calendar.hours_in_working_day
    return TimeLimit(allowed.amount * timedelta(hours=hours), Counting.WORKING, allowed.season)
