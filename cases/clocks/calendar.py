"""A city's working time from a YAML file: hours of a working day, by season, own free and worked days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, field_validator, model_validator

from cases.catalogue.loading import read
from cases.clocks.model import NoSuchSeason, WhyCounted
from cases.clocks.official import DayVerdict, verdict
from core.models import Strict

TABLE: Final = Path(__file__).parent / "tables" / "calendar.yaml"
_LEAP: Final = 2024
"""Days of a year are compared within a leap year, so that 29 February is one of them."""


def _month_day(value: object) -> object:
    if isinstance(value, str) and len(value) == len("MM-DD"):
        return date.fromisoformat(f"{_LEAP}-{value}")
    return value


def _clock(value: object) -> object:
    if not isinstance(value, str):
        return value
    hours, _, minutes = value.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60):  # a clock's face
        raise ValueError("must look like 08:30")
    return int(hours) * 60 + int(minutes)


MonthDay = Annotated[date, BeforeValidator(_month_day)]
ClockMinute = Annotated[int, BeforeValidator(_clock), Field(ge=0, le=24 * 60)]


class WorkingSpan(Strict):
    """`from` to before `to` on one day, as `08:30`; `24:00` is the end of the day."""

    begin: ClockMinute = Field(alias="from")
    end: ClockMinute = Field(alias="to")

    @model_validator(mode="after")
    def _forward(self) -> WorkingSpan:
        if self.begin >= self.end:
            raise ValueError("must begin before it ends, within one day")
        return self


class Season(Strict):
    """Days of each year, `MM-DD` to `MM-DD` inclusive; it may pass the turn of the year."""

    first: MonthDay = Field(alias="from")
    last: MonthDay = Field(alias="to")

    def covers(self, day: date) -> bool:
        """Whether the day is one of the season, in whatever year."""
        here = day.replace(year=_LEAP)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


class SeasonalHours(Season):
    """The hours of a working day in a part of the year, such as a longer noon in summer."""

    hours: tuple[WorkingSpan, ...]


class OwnDay(Strict):
    """A day, or all up to `until`, that the city works or does not, whatever the libraries say."""

    day: date
    until: date | None = None
    working: bool
    name: str = Field(min_length=1, max_length=60)

    @model_validator(mode="after")
    def _bounded(self) -> OwnDay:
        if self.until is not None and not self.day <= self.until <= self.day + timedelta(days=60):
            raise ValueError("`until` must not lie before `day`, nor 60 days after it")
        return self

    def days(self) -> Iterator[date]:
        """Each of its days."""
        for number in range(((self.until or self.day) - self.day).days + 1):
            yield self.day + timedelta(days=number)


class WorkingCalendar(Strict):
    """`official_years`: those whose days the city took over from the official notice into `days`."""

    timezone: str = "Asia/Shanghai"
    hours: tuple[WorkingSpan, ...]
    seasonal_hours: tuple[SeasonalHours, ...] = ()
    hours_in_working_day: float = Field(default=8, gt=0, le=24)
    seasons: dict[str, Season] = Field(default_factory=dict)
    days: tuple[OwnDay, ...] = Field(default=(), max_length=2_000)
    official_years: frozenset[int] = frozenset()

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("is no time zone of the IANA database, such as Asia/Shanghai") from error
        return value

    @field_validator("hours")
    @classmethod
    def _apart(cls, value: tuple[WorkingSpan, ...]) -> tuple[WorkingSpan, ...]:
        in_order = sorted(value, key=lambda one: one.begin)
        if any(one.end > other.begin for one, other in pairwise(in_order)):
            raise ValueError("spans overlap")
        return tuple(in_order)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of its hours and days."""
        return ZoneInfo(self.timezone)

    def verdict(self, day: date) -> DayVerdict:
        """Whether people work on that day, and who says so."""
        return verdict(day, _own(self.days), self.official_years)

    def season(self, name: str) -> Season:
        """Raises `NoSuchSeason`."""
        found = self.seasons.get(name)
        if found is None:
            known = ", ".join(self.seasons) or "none"
            raise NoSuchSeason(f"no season is called {name!r}", remedy=f"the calendar has: {known}")
        return found

    def working(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The working hours of that day, in UTC; none on a free day."""
        if not self.verdict(day).working:
            return ()
        seasonal = next((one.hours for one in self.seasonal_hours if one.covers(day)), None)
        return tuple(
            (self._at(day, one.begin), self._at(day, one.end))
            for one in (self.hours if seasonal is None else seasonal)
        )

    def why_free(self, day: date) -> tuple[WhyCounted, str]:
        """Why a part of that day out of its working hours is free; a holiday has a name."""
        found = self.verdict(day)
        if found.working:
            return WhyCounted.OUT_OF_HOURS, ""
        return (WhyCounted.HOLIDAY, found.name) if found.name else (WhyCounted.WEEKEND, "")

    def midnight(self, day: date) -> datetime:
        """The begin of that day here, in UTC."""
        return self._at(day, 0)

    def _at(self, day: date, minute: int) -> datetime:
        """By the wall clock: a day on which it is put forward is an hour shorter."""
        here = datetime.combine(day, time(), self.zone) + timedelta(minutes=minute)
        return here.astimezone(UTC)


@lru_cache(maxsize=8)
def _own(days: tuple[OwnDay, ...]) -> Mapping[date, tuple[bool, str]]:
    """By day; of two entries for a day the later one counts."""
    return {day: (one.working, one.name) for one in days for day in one.days()}


def load_working_calendar(own: Path | None = None) -> WorkingCalendar:
    """The city's file, or the one that comes with the program. Raises `BrokenTable`."""
    return read(own or TABLE, WorkingCalendar)
