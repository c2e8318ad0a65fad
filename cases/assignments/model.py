"""An assignment (a case in the hands of a department) and what an act makes of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from cases.errors import AssignmentIncomplete, CaseReasonMissing, FourEyesRequired, WrongStep
from cases.events import AssignmentAction, AssignmentState
from cases.responsibility.store import DepartmentPart
from cases.workflow.check import ENDS
from cases.workflow.model import AssignmentWorkflow, NotBy, WorkflowRow
from core.errors import Forbidden

MOST_TEXT: Final = 2_000
MOST_PHOTOS: Final = 12
MOST_HOURS: Final = 24.0 * 365
ASKING: Final = frozenset(
    {
        AssignmentAction.RETURN, AssignmentAction.OBJECT, AssignmentAction.ASK_EXTENSION,
        AssignmentAction.ASK_SUSPENSION, AssignmentAction.ASK_POSTPONEMENT,
    }
)  # fmt: skip
DECIDING: Final = frozenset(
    {
        AssignmentAction.REFUSE_RETURN, AssignmentAction.REFUSE, AssignmentAction.APPROVE,
        AssignmentAction.UPHOLD, AssignmentAction.OVERRULE,
    }
)  # fmt: skip
WAIT_FOR_DECISION: Final = frozenset(
    {
        AssignmentState.RETURNED, AssignmentState.DISPUTED, AssignmentState.EXTENSION_ASKED,
        AssignmentState.SUSPENSION_ASKED, AssignmentState.POSTPONEMENT_ASKED,
    }
)  # fmt: skip
"""What the centre has to decide."""


@dataclass(frozen=True, slots=True)
class Handler:
    """Whom a department may give its case to: one of its people, or a unit of its own (`is_unit`). `online`:
    the unit can be reached now. `on_duty_until`: the person is on duty now, until then.
    """

    handler_id: str
    name: str
    is_unit: bool = False
    online: bool = False
    on_duty_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AssignmentAct:
    """What somebody does. `roles` are his, or `SYSTEM`; `hours` are counted hours of an extension; `level` is
    of a supervision; `department_id` is to whom a case is reassigned; `handler` to whom a department gives
    its case, with the dispatch `job_id` where that is a unit.
    """

    action: AssignmentAction
    by: str
    by_name: str
    roles: frozenset[str]
    text: str = ""
    hours: float | None = None
    level: int | None = None
    department_id: str = ""
    photos: Sequence[UUID] = ()
    before: Sequence[UUID] = ()
    handler: Handler | None = None
    job_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """`photos` show the answer, `before` how it was before the work. `since`: when it was given to the
    department. `rev` rises with every act. `handler` is a person of the department, or its unit with the
    dispatch `job_id`. `seq` is the database's, 0 before it is kept.
    """

    assignment_id: UUID
    case_id: UUID
    department_id: str
    name_zh: str
    name_en: str
    part: DepartmentPart
    must_answer: bool
    state: AssignmentState
    since: datetime
    updated_at: datetime
    last_act: AssignmentAction
    last_by: str
    last_by_name: str
    rev: int = 1
    asked_by: str = ""
    asked_text: str = ""
    asked_h: float | None = None
    decided_by: str = ""
    answer: str = ""
    photos: Sequence[UUID] = ()
    before: Sequence[UUID] = ()
    returns: int = 0
    reworks: int = 0
    reminders: int = 0
    supervision: int = 0
    handler: str = ""
    handler_name: str = ""
    job_id: UUID | None = None
    seq: int = 0

    @property
    def open(self) -> bool:
        """Whether the department has it in hand, or has asked the centre about it."""
        return self.state not in ENDS


def possible(
    assignment: Assignment, workflow: AssignmentWorkflow, *, by: str, roles: frozenset[str]
) -> list[WorkflowRow]:
    """The rows that this person could take now."""
    return [
        row
        for row in workflow.rows
        if assignment.state in row.sources and row.roles & roles and not _same_person(assignment, row, by)
    ]


def act(
    assignment: Assignment, workflow: AssignmentWorkflow, what: AssignmentAct, *, at: datetime
) -> tuple[Assignment, WorkflowRow]:
    """The assignment after the act, and the row that led there.

    Raises `WrongStep` where no row leads on from the state, `Forbidden` for other roles than the row's,
    `FourEyesRequired` where a second person is needed, `CaseReasonMissing`, `AssignmentIncomplete`.
    """
    row = workflow.row(what.action, assignment.state)
    if row is None:
        raise WrongStep(
            f"an assignment that is {assignment.state} cannot take the step {what.action}",
            remedy="look at it again", state=assignment.state.value,
        )  # fmt: skip
    if not row.roles & what.roles:
        raise Forbidden(f"needs one of: {', '.join(sorted(row.roles))}", remedy="ask who has the role")
    if _same_person(assignment, row, what.by):
        raise FourEyesRequired(remedy="ask a colleague to decide")
    if row.reason and not what.text.strip():
        raise CaseReasonMissing(f"{what.action} needs a reason", remedy="say why")
    after = replace(
        _with_facts(assignment, workflow, what),
        state=row.target or assignment.state, rev=assignment.rev + 1, updated_at=at,
        last_act=what.action, last_by=what.by, last_by_name=what.by_name,
    )  # fmt: skip
    return after, row


def _same_person(assignment: Assignment, row: WorkflowRow, by: str) -> bool:
    return (NotBy.ASKER in row.not_by and by == assignment.asked_by) or (
        NotBy.DECIDER in row.not_by and by == assignment.decided_by
    )


def _with_facts(one: Assignment, workflow: AssignmentWorkflow, what: AssignmentAct) -> Assignment:
    """What the act says beyond the state."""
    text = what.text.strip()[:MOST_TEXT]
    action = what.action
    if action in ASKING:
        hours = _hours(what.hours) if action is AssignmentAction.ASK_EXTENSION else None
        one = replace(one, asked_by=what.by, asked_text=text, asked_h=hours)
    elif action in DECIDING:
        granted = one.asked_h if what.hours is None else what.hours
        is_extension = one.state is AssignmentState.EXTENSION_ASKED and action is AssignmentAction.APPROVE
        one = replace(one, decided_by=what.by, asked_h=_hours(granted) if is_extension else one.asked_h)
    one = _with_handler(one, what)
    match action:
        case AssignmentAction.ANSWER:
            return replace(
                one,
                answer=text,
                photos=tuple(what.photos[:MOST_PHOTOS]),
                before=tuple(what.before[:MOST_PHOTOS]),
            )
        case AssignmentAction.RETURN:
            return replace(one, returns=one.returns + 1)
        case AssignmentAction.REMIND:
            return replace(one, reminders=one.reminders + 1)
        case AssignmentAction.REWORK | AssignmentAction.REOPEN:
            return replace(one, reworks=one.reworks + 1)
        case AssignmentAction.SUPERVISE:
            return replace(one, supervision=_level(one, workflow, what.level))
        case AssignmentAction.REASSIGN if not what.department_id or what.department_id == one.department_id:
            raise AssignmentIncomplete(
                "it goes to another department", remedy="name one", missing="department_id"
            )
        case _:
            return one


def _with_handler(one: Assignment, what: AssignmentAct) -> Assignment:
    """Who of the department has it after the act; what is returned, nobody has. What comes back to the
    department has no job: one of its people goes on with it, its unit is sent anew.
    """
    if what.action is AssignmentAction.DELEGATE:
        if what.handler is None:
            raise AssignmentIncomplete(
                "it is given to a person or a unit of the department", remedy="name one", missing="handler"
            )
        if what.handler.handler_id == one.handler and not what.handler.is_unit:
            raise WrongStep(f"{one.handler_name} has it already", remedy="look at it again")
        return replace(
            one, handler=what.handler.handler_id, handler_name=what.handler.name, job_id=what.job_id
        )
    if what.action is AssignmentAction.TAKE_BACK and not one.handler:
        raise WrongStep("nobody of the department has it", remedy="look at it again")
    if what.action in {AssignmentAction.TAKE_BACK, AssignmentAction.RETURN}:
        return replace(one, handler="", handler_name="", job_id=None)
    if what.action in {AssignmentAction.REWORK, AssignmentAction.REOPEN} and one.job_id is not None:
        return replace(one, handler="", handler_name="", job_id=None)
    return one


def _hours(hours: float | None) -> float:
    if hours is None or not 0 < hours <= MOST_HOURS:
        raise AssignmentIncomplete(
            "an extension is of so many counted hours",
            remedy="give hours above 0, a year at most",
            missing="hours",
        )
    return hours


def _level(one: Assignment, workflow: AssignmentWorkflow, level: int | None) -> int:
    """The next level unless one is given; it only rises."""
    wanted = min(one.supervision + 1, workflow.supervision_levels) if level is None else level
    if not one.supervision <= wanted <= workflow.supervision_levels or wanted < 1:
        raise AssignmentIncomplete(
            "supervision only rises, up to the highest level of the table",
            remedy=f"give {max(one.supervision, 1)} to {workflow.supervision_levels}", missing="level",
        )  # fmt: skip
    return wanted
