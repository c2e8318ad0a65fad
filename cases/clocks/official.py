"""Which days are worked in China: the city's own days, then two libraries, then the weekdays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any


class DaySource(StrEnum):
    """Who says so."""

    OWN = "own"
    CHINESECALENDAR = "chinesecalendar"
    HOLIDAYS = "holidays"
    WEEKDAYS = "weekdays"


@dataclass(frozen=True, slots=True)
class DayVerdict:
    """Whether people work on a day. `name`: the holiday, or of the holiday that it is worked for."""

    working: bool
    official: bool
    source: DaySource
    name: str = ""


def verdict(day: date, own: Mapping[date, tuple[bool, str]], official_years: frozenset[int]) -> DayVerdict:
    """`own` and `official_years` come from the city's calendar.

    A year is official when the State Council's notice of its holidays is known: chinesecalendar has it, or
    the city says that its own days hold it. `holidays` knows the statutory days of later years but not the
    adjusted working days, so what it says is provisional.
    """
    known = own.get(day)
    if known is not None:
        working, name = known
        return DayVerdict(working, official=True, source=DaySource.OWN, name=name)
    if day.year in official_years:
        return DayVerdict(day.weekday() < _SATURDAY, official=True, source=DaySource.OWN)
    noticed = _noticed(day)
    if noticed is not None:
        return noticed
    statutory = _statutory(day.year)
    if statutory is None:
        return DayVerdict(day.weekday() < _SATURDAY, official=False, source=DaySource.WEEKDAYS)
    name = statutory.get(day, "")
    working = day.weekday() < _SATURDAY and not name
    return DayVerdict(working, official=False, source=DaySource.HOLIDAYS, name=name)


_SATURDAY = 5


def _noticed(day: date) -> DayVerdict | None:
    # Imported where it is asked for: a command that computes no deadline does not wait for it.
    import chinese_calendar  # noqa: PLC0415

    try:
        free, english = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return None
    name = _NAMES.get(english, english) if english else ""
    return DayVerdict(not free, official=True, source=DaySource.CHINESECALENDAR, name=name)


@lru_cache(maxsize=64)
def _statutory(year: int) -> Mapping[date, str] | None:
    import holidays  # noqa: PLC0415

    china: Any = holidays.country_holidays("CN", years=year, language="zh_CN")
    return dict(china) or None


_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}
