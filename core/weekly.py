"""Times that come again each week: which hours, which days of the week, from which day to which."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_DAY: Final = timedelta(days=1)
_NAMES: Final = {name: number for number, name in enumerate("一二三四五六日", start=1)} | {"天": 7}
_PIECE: Final = re.compile(r"([1-7])(?:\s*[-–~～至]\s*([1-7]))?", re.ASCII)
OnDay = Callable[[date], bool]
"""Whether a time that begins on that day holds."""


def _clock(text: str) -> str:
    """As `08:00`. Raises `ValueError`."""
    found = _CLOCK.fullmatch(text.strip().replace("：", ":"))
    if found is None:
        raise ValueError(f"{text[:20]} is no time like 08:00")
    return f"{int(found[1]):02}:{found[2]}"


Clock = Annotated[str, AfterValidator(_clock)]


def weekdays(text: str) -> tuple[int, ...]:
    """The days of `1-5`, `6;7` or `周一至周五`, 1 for Monday. Raises `ValueError`."""
    plain = text.replace("星期", "").replace("周", "")
    plain = "".join(str(_NAMES.get(letter, letter)) for letter in plain)
    found: set[int] = set()
    for piece in filter(None, (one.strip() for one in re.split(r"[;；、,，\s]+", plain))):
        match = _PIECE.fullmatch(piece)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise ValueError(f"{text[:40]}: days are 1 (Monday) to 7, like 1-5 or 6;7")
        found |= set(range(int(match[1]), int(match[2] or match[1]) + 1))
    return tuple(sorted(found))


class WeeklyTime(BaseModel):
    """From `starts` until `ends` by the city's clock; until the next day where `ends` is not later. On the
    days from `first` to `last`, both in it, open where one is empty; of these on `weekdays` alone (1 is
    Monday), on all where there are none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    starts: Clock
    ends: Clock
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(default=(), max_length=7)
    first: date | None = None
    last: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> WeeklyTime:
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"{self.last} is before {self.first}")
        return self

    def began(self, local: datetime, on: OnDay | None = None) -> datetime | None:
        """When it began, if it holds at this local time; its end no longer belongs to it. `on` is a further
        condition of the day on which it began.
        """
        starts, ends = time.fromisoformat(self.starts), time.fromisoformat(self.ends)
        now, today = local.time(), local.date()
        if now >= starts and (starts >= ends or now < ends) and self.holds(today, on):
            return datetime.combine(today, starts, local.tzinfo)
        # Over midnight: the morning after a day on which it began.
        if starts >= ends and now < ends and self.holds(today - _DAY, on):
            return datetime.combine(today - _DAY, starts, local.tzinfo)
        return None

    def over(self, began: datetime) -> datetime:
        """When it ends that began then."""
        day = began.date() if self.starts < self.ends else began.date() + _DAY
        return datetime.combine(day, time.fromisoformat(self.ends), began.tzinfo)

    def covers(self, local: datetime) -> bool:
        """Whether it holds at this local time."""
        return self.began(local) is not None

    def holds(self, day: date, on: OnDay | None = None) -> bool:
        """Whether it begins on that day."""
        if (self.first is not None and day < self.first) or (self.last is not None and day > self.last):
            return False
        return (not self.weekdays or day.isoweekday() in self.weekdays) and (on is None or on(day))
