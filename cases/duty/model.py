"""Duty times of the people of departments, and who of them is on duty. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from cases.clocks.calendar import WorkingCalendar
from core.weekly import OnDay, WeeklyTime

MOST_DUTY_TIMES: Final = 20_000
LOOKED_AHEAD: Final = timedelta(days=14)
"""So far ahead the next duty is looked for."""
DutyDays = Literal["all", "working", "free"]


class _OfPerson(BaseModel):
    """A base of its own: whose duty it is comes first in the table."""

    department: str = Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$")
    user_id: str = Field(pattern=r"^[^\s/]{1,64}$")


class DutyTime(WeeklyTime, _OfPerson):
    """When a person of a department is on duty. `day_kind` narrows it to working days of the city's calendar,
    with adjusted ones, or to free days, which are weekends and holidays. `phone` is the number to reach him
    by then.
    """

    day_kind: DutyDays = "all"
    phone: Annotated[str, Field(max_length=32, pattern=r"^[0-9+ \-]*$")] = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.department, self.user_id


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A person who is on duty, until `until`."""

    user_id: str
    until: datetime
    phone: str


@dataclass(frozen=True, slots=True)
class DutyPlan:
    """The duty times of all departments, by the calendar's clock and days."""

    calendar: WorkingCalendar
    times: Sequence[DutyTime] = ()
    _by_department: dict[str, list[DutyTime]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for one in self.times:
            self._by_department.setdefault(one.department, []).append(one)

    def of(self, department_id: str) -> Sequence[DutyTime]:
        return self._by_department.get(department_id, ())

    def on_duty(self, department_id: str, at: datetime) -> dict[str, OnDuty]:
        """Who of a department is on duty, by user; of two times that hold the one that ends later."""
        local = at.astimezone(self.calendar.zone)
        found: dict[str, OnDuty] = {}
        for one in self.of(department_id):
            began = one.began(local, self._on(one))
            if began is None:
                continue
            until = one.over(began).astimezone(UTC)
            known = found.get(one.user_id)
            if known is None or known.until < until:
                found[one.user_id] = OnDuty(one.user_id, until, one.phone)
        return found

    def next_at(self, department_id: str, at: datetime) -> datetime | None:
        """When the next duty of the department begins; None where none does within `LOOKED_AHEAD`."""
        local = at.astimezone(self.calendar.zone)
        return min(self._starts(department_id, local), default=None)

    def _starts(self, department_id: str, local: datetime) -> Iterator[datetime]:
        for one in self.of(department_id):
            for ahead in range(LOOKED_AHEAD.days + 1):
                day = local.date() + timedelta(days=ahead)
                start = datetime.combine(day, time.fromisoformat(one.starts), local.tzinfo)
                if start > local and one.holds(day, self._on(one)):
                    yield start.astimezone(UTC)
                    break

    def _on(self, one: DutyTime) -> OnDay | None:
        if one.day_kind == "all":
            return None
        wanted = one.day_kind == "working"

        def on(day: date) -> bool:
            return self.calendar.verdict(day).working is wanted

        return on
