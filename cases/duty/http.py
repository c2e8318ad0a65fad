"""Routes of who is on duty in a department. Numbers are read by an operation of their own, and audited."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel

from cases.duty.service import DepartmentDuty, DutyNow
from cases.ports import CurrentUser
from core.actor import Actor
from core.events import MASK
from core.routes import RoomRouter
from core.views import Views

DepartmentId = Annotated[str, Path(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$")]


class DutyPersonRow(BaseModel):
    """`phone` is masked where there is one, empty where there is none."""

    id: str
    name: str
    until: datetime
    phone: str


class DutyAnswer(BaseModel):
    """Who is on duty now, by name; `next_at` is when somebody is next where nobody is."""

    people: list[DutyPersonRow]
    next_at: datetime | None


def duty_routes(roster: DepartmentDuty, user: CurrentUser, views: Views) -> APIRouter:
    routes = RoomRouter(tags=["departments"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/departments/{department_id}/duty")
    async def on_duty(department_id: DepartmentId, actor: person) -> DutyAnswer:
        """Who of the department is on duty now, without numbers."""
        return _answer(await roster.now(actor, department_id), reveal=False)

    @routes.get("/departments/{department_id}/duty/phones")
    async def phones(department_id: DepartmentId, actor: person) -> DutyAnswer:
        """The same with the numbers to telephone; audited."""
        found = await roster.phones(actor, department_id)
        if any(one.duty.phone for one in found.people):
            await views.viewed(actor, "view-duty-phones", f"department:{department_id}")
        return _answer(found, reveal=True)

    return routes


def _answer(found: DutyNow, *, reveal: bool) -> DutyAnswer:
    return DutyAnswer(
        people=[
            DutyPersonRow(
                id=one.duty.user_id,
                name=one.name,
                until=one.duty.until,
                phone=one.duty.phone if reveal or not one.duty.phone else MASK,
            )
            for one in found.people
        ],
        next_at=found.next_at,
    )
