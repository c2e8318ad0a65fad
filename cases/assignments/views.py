"""From assignments to what desks and events show."""

from __future__ import annotations

from collections.abc import Sequence

from cases.assignments.clocks import AssignmentClock, current
from cases.assignments.model import Assignment
from cases.events import (
    AssignmentClockView,
    AssignmentHandlerView,
    AssignmentView,
    ResponsibleDepartmentView,
)
from cases.views import outside_view

_SAME = tuple(
    name
    for name in AssignmentView.model_fields
    if name not in {"case_number", "department", "part", "photos", "before", "handler", "clock"}
)
"""What an assignment and its view have under the same name."""


def assignment_view(one: Assignment, case_number: str, clocks: Sequence[AssignmentClock]) -> AssignmentView:
    """The answer for an assignment."""
    return AssignmentView(
        **{name: getattr(one, name) for name in _SAME},
        case_number=case_number,
        department=ResponsibleDepartmentView(id=one.department_id, name_zh=one.name_zh, name_en=one.name_en),
        part=one.part.value,
        photos=list(one.photos),
        before=list(one.before),
        handler=AssignmentHandlerView(id=one.handler, name=one.handler_name, job_id=one.job_id)
        if one.handler
        else None,
        clock=clock_view(clocks),
    )


def clock_view(clocks: Sequence[AssignmentClock]) -> AssignmentClockView | None:
    """The answer for the clocks of an assignment; None without any."""
    clock = current(clocks)
    if clock is None:
        return None
    return AssignmentClockView(
        started_at=clock.started_at,
        limit=clock.limit_text,
        area_class=clock.area_class,
        due_at=clock.due_at,
        warn_at=clock.warn_at,
        paused_at=clock.paused_at,
        extended_h=clock.extended_h,
        provisional=clock.provisional,
        state=clock.state,
        stopped_at=clock.stopped_at,
        was_overdue=any(one.passed_at is not None for one in clocks),
        decided_by=clock.decided_by.value,
        outside=outside_view(clock.outside_due_at, clock.outside_by, clock.outside_reference),
    )
