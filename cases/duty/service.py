"""Who of a department is on duty now; the times are a setting that people change while the service runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cases import rights
from cases.assignments.ports import DepartmentStaff
from cases.clocks.calendar import WorkingCalendar
from cases.duty.model import DutyPlan, DutyTime, OnDuty
from core.actor import Actor
from core.clock import Clock


@dataclass(frozen=True, slots=True)
class PersonOnDuty:
    """A person of the department, by name, and until when he is there."""

    name: str
    duty: OnDuty


@dataclass(frozen=True, slots=True)
class DutyNow:
    """Who is on duty, by name; `next_at` is when somebody is next where nobody is."""

    people: Sequence[PersonOnDuty]
    next_at: datetime | None


class DepartmentDuty:
    """Names only people who may sign in for the department: who has left is not on duty."""

    def __init__(self, calendar: WorkingCalendar, staff: DepartmentStaff, clock: Clock) -> None:
        self._calendar = calendar
        self._staff = staff
        self._clock = clock
        self.plan = DutyPlan(calendar)

    def use(self, times: Sequence[DutyTime]) -> None:
        """These duty times from now on."""
        self.plan = DutyPlan(self._calendar, tuple(times))

    def until(self, department_id: str) -> dict[str, datetime]:
        """Until when its people are on duty now, by user."""
        found = self.plan.on_duty(department_id, self._clock.now())
        return {user: duty.until for user, duty in found.items()}

    async def now(self, actor: Actor, department_id: str) -> DutyNow:
        """Raises `Forbidden`, `StorageAway`."""
        rights.SEE_DUTY.check(actor)
        return await self._now(department_id)

    async def phones(self, actor: Actor, department_id: str) -> DutyNow:
        """The same for who may telephone them. Raises `Forbidden`, `StorageAway`."""
        rights.CALL_DUTY.check(actor)
        return await self._now(department_id)

    async def _now(self, department_id: str) -> DutyNow:
        now = self._clock.now()
        on_duty = self.plan.on_duty(department_id, now)
        known = await self._staff.handlers(department_id) if on_duty else ()
        people = [
            PersonOnDuty(one.name, on_duty[one.handler_id])
            for one in known
            if not one.is_unit and one.handler_id in on_duty
        ]
        return DutyNow(people, None if people else self.plan.next_at(department_id, now))
