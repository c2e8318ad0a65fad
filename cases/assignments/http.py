"""Routes of assignments: those of a person, one, an act, and those of a case."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from cases import rights
from cases.assignments.model import MOST_HOURS, MOST_PHOTOS, MOST_TEXT, WAIT_FOR_DECISION
from cases.assignments.service import AskedAct, AssignedCase, AssignmentService, is_outside
from cases.assignments.store import AssignmentFilter, AssignmentPlace, KeptAct
from cases.assignments.views import assignment_view
from cases.dispatch.model import Dispatch
from cases.errors import BadCursor
from cases.events import AssignmentAction, AssignmentState, AssignmentView, CaseState, DispatchStep
from cases.ports import CurrentUser
from cases.privacy import sees_all
from cases.views import CaseViews
from cases.workflow.check import ENDS
from cases.workflow.model import AssignmentWorkflow, NotBy, WorkflowRow
from core.actor import Actor
from core.bounds import Count
from core.clock import Clock
from core.events import MASK
from core.operations import OperationRequest
from core.routes import RoomRouter
from core.views import Views

MOST_LISTED = 100
MOST_FILTERS = 20
_Department = Annotated[str, Field(min_length=1, max_length=64)]


class AssignmentCase(BaseModel):
    """What a department is told of the case: class, place, problem. `address`, `crossing` and the position
    stay with a confidential case; `description`, `callback` and `caller` are None there. `callback` and
    `caller` stand in the answer for one assignment alone, and for its department alone: masked, unless it
    asked for them.
    """

    case_id: UUID
    number: str
    state: CaseState
    category: str
    category_name: str
    category_name_en: str
    district: str | None
    district_name: str | None
    address: str | None
    crossing: str | None
    relative: str | None
    description: str | None
    urgency: str | None
    confidential: bool
    filed_at: datetime
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    callback: str | None = None
    caller: str | None = None


class PossibleAct(BaseModel):
    """An act that this person could do now, and whether it wants words."""

    action: AssignmentAction
    reason: bool


class AssignmentJobView(BaseModel):
    """How far the unit is that the department sent. `note` is what it wrote last, `reason` why it ended
    without the work; of a confidential case None.
    """

    unit_id: str
    step: DispatchStep
    at: datetime
    ended: bool
    note: str | None
    reason: str | None


class AssignmentHandlerChoice(BaseModel):
    """A person or a unit of the department; until when the person is on duty, None for who is not now."""

    id: str
    name: str
    is_unit: bool
    online: bool
    on_duty_until: datetime | None = None


class AssignmentHandlerList(BaseModel):
    handlers: list[AssignmentHandlerChoice]


class AssignmentItem(BaseModel):
    """An assignment, its case, and what this person may do."""

    assignment: AssignmentView
    case: AssignmentCase
    may: list[PossibleAct]
    job: AssignmentJobView | None = None


class AssignmentPage(BaseModel):
    """`next` is the cursor of the following page; None at the end."""

    assignments: list[AssignmentItem]
    next: str | None


class AssignmentActView(BaseModel):
    """An act as it was kept: `state` is where it led."""

    at: datetime
    actor: str
    actor_name: str
    act: str
    state: AssignmentState
    text: str


class AssignmentDetail(AssignmentItem):
    acts: list[AssignmentActView]


class AssignmentList(BaseModel):
    assignments: list[AssignmentItem]


class WorkflowStateView(BaseModel):
    id: AssignmentState
    name_zh: str
    name_en: str
    final: bool


class WorkflowRowView(BaseModel):
    action: AssignmentAction
    sources: list[AssignmentState]
    target: AssignmentState | None
    roles: list[str]
    reason: bool
    not_by: list[NotBy]
    clock: str


class WorkflowView(BaseModel):
    """The table of states and actions that counts now."""

    name: str
    version: int
    supervision_levels: int
    states: list[WorkflowStateView]
    rows: list[WorkflowRowView]


class AssignmentActRequest(OperationRequest):
    """`rev` is of the assignment that the person saw. `text` is the reason, or the answer. `hours`: counted
    hours of an extension, asked for or granted (without it, as asked). `department_id`: to whom it is
    reassigned. `level`: of a supervision; without it the next one. `photos` and `before` are photos of the
    case: as it is now, and before the work. `handler`: the user or unit to whom its department gives it.
    """

    rev: Count
    text: str = Field(default="", max_length=MOST_TEXT)
    hours: float | None = Field(default=None, gt=0, le=MOST_HOURS)
    department_id: str = Field(default="", max_length=64)
    level: int | None = Field(default=None, ge=1, le=9)
    photos: list[UUID] = Field(default_factory=list, max_length=MOST_PHOTOS)
    before: list[UUID] = Field(default_factory=list, max_length=MOST_PHOTOS)
    handler: str = Field(default="", max_length=64)


class FurtherDepartment(OperationRequest):
    """`must_answer`: the case is not done before this department has answered too."""

    department_id: _Department
    text: str = Field(default="", max_length=MOST_TEXT)
    must_answer: bool = False


class AssignmentListRequest:
    """Each filter may be repeated; one of its values must hold. `waiting`: what the centre has to decide;
    `mine`: what a department gave to this person.
    """

    def __init__(
        self,
        state: Annotated[list[AssignmentState] | None, Query(max_length=MOST_FILTERS)] = None,
        department: Annotated[list[_Department] | None, Query(max_length=MOST_FILTERS)] = None,
        case_id: Annotated[UUID | None, Query()] = None,
        open: Annotated[bool, Query(description="those in hand alone")] = True,  # noqa: A002  # the API's word
        waiting: Annotated[bool, Query()] = False,
        overdue: Annotated[bool, Query()] = False,
        mine: Annotated[bool, Query()] = False,
        cursor: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
    ) -> None:
        self.states = tuple(sorted(WAIT_FOR_DECISION)) if waiting else tuple(state or ())
        self.departments = tuple(department or ())
        self.case_id = case_id
        # Where nothing else is asked for, an index has these in order.
        self.only_open = not ENDS.intersection(self.states) if self.states else open
        self.overdue = overdue
        self.mine = mine
        self.after = place_of_cursor(cursor) if cursor else None
        self.limit = limit

    def filter(self, actor: Actor, now: datetime) -> AssignmentFilter:
        return AssignmentFilter(
            self.states, self.departments, self.only_open, now if self.overdue else None,
            case_id=self.case_id, handler=actor.id if self.mine else "",
        )  # fmt: skip


def assignment_routes(
    service: AssignmentService, views: CaseViews, clock: Clock, user: CurrentUser, looks: Views
) -> APIRouter:
    routes = RoomRouter(tags=["assignments"])
    person = Annotated[Actor, Depends(user)]

    def told(actor: Actor, one: AssignedCase) -> AssignmentItem:
        return assignment_item(views, actor, one)

    @routes.get("/assignments")
    async def page(actor: person, asked: Annotated[AssignmentListRequest, Depends()]) -> AssignmentPage:
        """The cases that departments have, by deadline: of one's own departments, or of all."""
        found, following = await service.find(
            actor, asked.filter(actor, clock.now()), asked.after, asked.limit
        )
        return AssignmentPage(
            assignments=[told(actor, one) for one in found],
            next=None if following is None else cursor_of(following),
        )

    @routes.get("/workflow/assignments")
    async def workflow(actor: person) -> WorkflowView:
        """The states and actions that count now."""
        rights.SEE_ASSIGNMENTS.check(actor)
        return _workflow(service.workflow)

    @routes.get("/assignments/{assignment_id}")
    async def one(assignment_id: UUID, actor: person, reveal: bool = False) -> AssignmentDetail:
        """An assignment with every act on it. With `reveal` its department reads whom to call back, which is
        audited; without it that is masked.
        """
        found, acts = await service.one(actor, assignment_id)
        if reveal:
            await looks.viewed(actor, "view-contact", f"case:{found.case.number}")
        return assignment_detail(views, actor, found, acts, reveal=reveal)

    @routes.get("/assignments/{assignment_id}/handlers")
    async def handlers(assignment_id: UUID, actor: person) -> AssignmentHandlerList:
        """The people and units to whom the department may give this case; who is on duty first."""
        return AssignmentHandlerList(
            handlers=[
                AssignmentHandlerChoice(
                    id=one.handler_id,
                    name=one.name,
                    is_unit=one.is_unit,
                    online=one.online,
                    on_duty_until=one.on_duty_until,
                )
                for one in await service.handlers(actor, assignment_id)
            ]
        )

    @routes.post("/assignments/{assignment_id}/{act}")
    async def act(
        assignment_id: UUID,
        act: Literal[
            AssignmentAction.SIGN, AssignmentAction.ANSWER, AssignmentAction.RETURN,
            AssignmentAction.REFUSE_RETURN, AssignmentAction.OBJECT, AssignmentAction.UPHOLD,
            AssignmentAction.OVERRULE, AssignmentAction.REASSIGN, AssignmentAction.ASK_EXTENSION,
            AssignmentAction.ASK_SUSPENSION, AssignmentAction.ASK_POSTPONEMENT, AssignmentAction.APPROVE,
            AssignmentAction.REFUSE, AssignmentAction.RESUME, AssignmentAction.REMIND,
            AssignmentAction.SUPERVISE, AssignmentAction.REWORK, AssignmentAction.WITHDRAW,
            AssignmentAction.DELEGATE, AssignmentAction.TAKE_BACK,
        ],
        body: AssignmentActRequest,
        actor: person,
    ) -> AssignmentItem:  # fmt: skip
        """Act on an assignment. 409 `assignment-moved-on` says who acted since `rev`, and what."""
        asked = AskedAct(
            AssignmentAction(act), body.rev, body.text, body.hours, body.level, body.department_id,
            tuple(body.photos), tuple(body.before), body.handler,
        )  # fmt: skip
        return told(actor, await service.act(assignment_id, asked, op_id=body.op_id, actor=actor))

    @routes.get("/cases/{case_id}/assignments")
    async def of_case(case_id: UUID, actor: person) -> AssignmentList:
        """The departments that have or had the case, oldest first."""
        return AssignmentList(assignments=[told(actor, one) for one in await service.of_case(actor, case_id)])

    @routes.post("/cases/{case_id}/assignments", status_code=201)
    async def give(case_id: UUID, body: FurtherDepartment, actor: person) -> AssignmentItem:
        """Give a case to a further department."""
        given = await service.give(
            case_id, body.department_id, op_id=body.op_id, actor=actor, text=body.text,
            must_answer=body.must_answer,
        )  # fmt: skip
        return told(actor, given)

    return routes


def assignment_item(views: CaseViews, actor: Actor, one: AssignedCase) -> AssignmentItem:
    """The answer for an assignment, for this person."""
    return AssignmentItem(**_told(views, actor, one, contact=False))


def assignment_detail(
    views: CaseViews, actor: Actor, one: AssignedCase, acts: Sequence[KeptAct], *, reveal: bool = False
) -> AssignmentDetail:
    """The answer for an assignment with its acts; its department reads whom to call back
    where it asks for that (`reveal`), and otherwise that there is somebody.
    """
    return AssignmentDetail(
        **_told(views, actor, one, contact=True, reveal=reveal),
        acts=[
            AssignmentActView(
                at=act.at, actor=act.actor, actor_name=act.actor_name, act=act.act,
                state=AssignmentState(act.state), text=act.text,
            )
            for act in acts
        ],
    )  # fmt: skip


def _told(
    views: CaseViews, actor: Actor, one: AssignedCase, *, contact: bool, reveal: bool = False
) -> dict[str, Any]:
    case = one.case
    view = views.view(case)
    outside = is_outside(actor)
    hidden = not sees_all(actor, case)
    seen = contact and outside and not hidden
    return {
        "assignment": assignment_view(one.assignment, case.number, one.clocks),
        "case": AssignmentCase(
            case_id=case.case_id, number=case.number, state=case.state, category=case.category,
            category_name=view.category_name or "", category_name_en=view.category_name_en or "",
            district=case.district, district_name=view.district_name, address=case.address,
            crossing=case.crossing, relative=case.relative,
            description=None if hidden else case.description, urgency=case.urgency,
            confidential=case.confidential, filed_at=case.filed_at, lon=case.lon, lat=case.lat,
            accuracy_m=case.accuracy_m, callback=_contact(case.callback, reveal=reveal) if seen else None,
            caller=_contact(case.caller, reveal=reveal) if seen else None,
        ),
        "may": [_possible(row) for row in one.possible],
        "job": None if one.job is None else _job(one.job, hidden=hidden),
    }  # fmt: skip


def _job(job: Dispatch, *, hidden: bool) -> AssignmentJobView:
    return AssignmentJobView(
        unit_id=job.unit_id, step=job.step, at=job.at, ended=job.ended,
        note=None if hidden else job.note or None, reason=None if hidden else job.reason or None,
    )  # fmt: skip


def _contact(text: str | None, *, reveal: bool) -> str | None:
    return text if reveal or not text else MASK


def _possible(row: WorkflowRow) -> PossibleAct:
    return PossibleAct(action=row.action, reason=row.reason)


def _workflow(table: AssignmentWorkflow) -> WorkflowView:
    return WorkflowView(
        name=table.name,
        version=table.version,
        supervision_levels=table.supervision_levels,
        states=[
            WorkflowStateView(id=one.state, name_zh=one.name_zh, name_en=one.name_en, final=one.final)
            for one in table.states.values()
        ],
        rows=[
            WorkflowRowView(
                action=row.action, sources=list(row.sources), target=row.target, roles=sorted(row.roles),
                reason=row.reason, not_by=sorted(row.not_by), clock=row.clock.value,
            )
            for row in table.rows
        ],
    )  # fmt: skip


def cursor_of(place: AssignmentPlace) -> str:
    """The cursor of the page that begins behind this place."""
    plain = json.dumps([place.due_order.isoformat(), place.seq]).encode()
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def place_of_cursor(text: str) -> AssignmentPlace:
    """Raises `BadCursor`, whatever the text is."""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        at, seq = json.loads(plain)
        due_order = datetime.fromisoformat(at)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadCursor(remedy="begin again without a cursor") from None
    if type(seq) is not int or not 0 <= seq < 2**62 or due_order.tzinfo is None:
        raise BadCursor(remedy="begin again without a cursor")
    return AssignmentPlace(due_order, seq)
