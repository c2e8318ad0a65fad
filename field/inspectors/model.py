"""Shifts of inspectors: on which days and between which hours each of them works. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from field.contract.names import is_unit

INSPECTOR_SKILL: Final = "inspector"
MOST_SHIFTS: Final = 20_000
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_DAY: Final = timedelta(days=1)


def _clock(text: str) -> str:
    """As `08:00`. Raises `ValueError`."""
    found = _CLOCK.fullmatch(text.strip().replace("：", ":"))
    if found is None:
        raise ValueError(f"{text[:20]} is no time like 08:00")
    return f"{int(found[1]):02}:{found[2]}"


def _unit(text: str) -> str:
    if not is_unit(text):
        raise ValueError(f"{text[:40]} is no unit like app:17")
    return text


Clock = Annotated[str, AfterValidator(_clock)]


class InspectorShift(BaseModel):
    """From `starts` until `ends` by the city's clock; until the next day where `ends` is not later. On the
    days from `first` to `last`, both in it, open where one is empty; of these on `weekdays` alone (1 is
    Monday), on all where there are none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    unit_id: Annotated[str, Field(max_length=64), AfterValidator(_unit)]
    starts: Clock
    ends: Clock
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(default=(), max_length=7)
    first: date | None = None
    last: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> InspectorShift:
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"{self.last} is before {self.first}")
        return self

    def began(self, local: datetime) -> datetime | None:
        """When it began, if it is on at this local time; its end no longer belongs to it."""
        starts, ends = time.fromisoformat(self.starts), time.fromisoformat(self.ends)
        now, today = local.time(), local.date()
        if now >= starts and (starts >= ends or now < ends) and self._on(today):
            return datetime.combine(today, starts, local.tzinfo)
        # Over midnight: the morning after a day on which it began.
        if starts >= ends and now < ends and self._on(today - _DAY):
            return datetime.combine(today - _DAY, starts, local.tzinfo)
        return None

    def covers(self, local: datetime) -> bool:
        """Whether it is on at this local time."""
        return self.began(local) is not None

    def _on(self, day: date) -> bool:
        if (self.first is not None and day < self.first) or (self.last is not None and day > self.last):
            return False
        return not self.weekdays or day.isoweekday() in self.weekdays


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """The shifts of all inspectors, on a clock that is `hours` ahead of UTC."""

    shifts: Sequence[InspectorShift] = ()
    hours: float = 8.0
    _by_unit: dict[str, list[InspectorShift]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for one in self.shifts:
            self._by_unit.setdefault(one.unit_id, []).append(one)

    def of(self, unit_id: str) -> Sequence[InspectorShift]:
        return self._by_unit.get(unit_id, ())

    def covers(self, unit_id: str, at: datetime) -> bool:
        """Whether the unit works at this time. Who has no shift does not."""
        return self.began(unit_id, at) is not None

    def began(self, unit_id: str, at: datetime) -> datetime | None:
        """When the shift began that the unit works at this time; None for who does not."""
        ahead = timedelta(hours=self.hours)
        found = [began for one in self.of(unit_id) if (began := one.began(at + ahead)) is not None]
        return min(found) - ahead if found else None
