"""The eight forms between a city's centre and its departments, as they travel.
`docs/schemas/exchange.json` is their JSON Schema.

Times are UTC, positions WGS-84 degrees. No form that we send names the citizen or a number; of a confidential
case it says class and place alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final, Literal, Self, get_args
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, RootModel, model_validator

from cases.assignments.model import MOST_HOURS, MOST_PHOTOS, MOST_TEXT
from cases.events import AssignmentAction, AssignmentState, VerificationFinding, VerificationState
from cases.exchange.order_model import OrderState
from core.bounds import Count

MOST_REFERENCE = 64
MOST_ORDERS = 20_000
"""In a list of work orders of a day."""
FeedbackAct = Literal[
    AssignmentAction.SIGN, AssignmentAction.ANSWER, AssignmentAction.RETURN, AssignmentAction.OBJECT,
    AssignmentAction.ASK_EXTENSION, AssignmentAction.ASK_SUSPENSION, AssignmentAction.ASK_POSTPONEMENT,
]  # fmt: skip
"""What a department may say about its task."""
FEEDBACK_ACTS: Final = frozenset(get_args(FeedbackAct))
Reference = Annotated[str, Field(min_length=1, max_length=MOST_REFERENCE, pattern=r"^[0-9A-Za-z._/-]+$")]
"""A number that the other side gave."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class FormPosition(_Part):
    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    accuracy_m: Annotated[float | None, Field(ge=0)] = None


class FormDepartment(_Part):
    department_id: str
    name_zh: str
    name_en: str


class FormProblem(_Part):
    """What is wrong and where. `category` is `scheme@version/code`. `description` is None for a confidential
    case.
    """

    category: str
    category_zh: str
    category_en: str
    district: str | None
    district_name: str | None
    address: str | None
    crossing: str | None
    relative: str | None
    position: FormPosition | None
    urgency: str | None
    confidential: bool
    description: str | None


class FormTask(_Part):
    """A task as it is now. `rev` rises with every act on it: feedback names the one that it answers. `acts`
    are what the department may do now. `due_at` is None without a limit, and while the clock stands still
    since `paused_at`, unless a deadline from outside goes on.
    """

    task_id: UUID
    case_number: str
    department: FormDepartment
    part: Literal["host", "assist"]
    must_answer: bool
    state: AssignmentState
    rev: int
    given_at: datetime
    limit: str
    due_at: datetime | None
    warn_at: datetime | None
    paused_at: datetime | None
    overdue: bool
    reminders: int
    supervision: int
    acts: list[AssignmentAction]


class _Form(_Part):
    """`form_id` is the same however often a form is sent: a receiver that has it already does nothing."""

    version: Literal[1] = 1
    form_id: UUID
    made_at: datetime


class ProblemRegistration(_Form):
    """问题登记单: a problem as another system registered it, under its own number. `due_at` is its deadline,
    `phone` the citizen's number for a call back.
    """

    form: Literal["problem_registration"] = "problem_registration"
    reference: Reference
    registered_at: AwareDatetime
    due_at: AwareDatetime | None = None
    text: Annotated[str, Field(min_length=1, max_length=3_800)]
    place: Annotated[str, Field(max_length=200)] = ""
    phone: Annotated[str, Field(max_length=32)] = ""
    position: FormPosition | None = None
    category: Annotated[str, Field(max_length=64)] = ""


class FormVerification(_Part):
    """A verification task as it is now. `number` is what people call it by; `acts` are what its department
    may do now. `late`: it was answered after `due_at`.
    """

    task_id: UUID
    number: str
    department_id: str
    case_number: str | None
    state: VerificationState
    asked_at: datetime
    due_at: datetime
    finding: VerificationFinding | None
    answered_at: datetime | None
    late: bool
    acts: list[str]


class VerificationRequest(_Form):
    """核实单、核查单: an inspector of the department is to look whether a reported problem is there (`stage`
    `report`), or whether the work was done (`result`). `act` says why it is sent: `ask`, `recall` (it is
    taken back), `expire` (its time is up; it may be answered still). `text` is what is to be looked at, or
    why it is taken back. `problem` is None once the report was erased.
    """

    form: Literal["verification_request"] = "verification_request"
    act: str
    stage: Literal["report", "result"]
    text: str = ""
    task: FormVerification
    problem: FormProblem | None


class VerificationFeedback(BaseModel):
    """反馈单: what a department's inspector does about a verification task. The same `form_id` again does
    nothing. `answer` has a `finding`; `text` is what was found, or why it is declined; `looked_at` is when,
    now if it does not say.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Literal["verification_feedback"] = "verification_feedback"
    version: Literal[1] = 1
    form_id: UUID
    act: Literal["accept", "decline", "answer"]
    finding: VerificationFinding | None = None
    looked_at: AwareDatetime | None = None
    text: Annotated[str, Field(max_length=MOST_TEXT)] = ""
    position: FormPosition | None = None


class CaseFiling(_Form):
    """立案单: a problem was filed as a case. `reference`: the number of who registered it, if he gave one."""

    form: Literal["case_filing"] = "case_filing"
    case_number: str
    reference: Reference | None = None
    filed_at: datetime
    due_at: datetime | None
    problem: FormProblem


class TaskAssignment(_Form):
    """任务分派单: a department is given a task, or its task has other terms. `act` says why it is sent:
    `dispatch`, `reopen`, `remind`, `supervise`, `approve`, `refuse`, `withdraw`, `deadline_warned` …, and
    `text` what was written with it.
    """

    form: Literal["task_assignment"] = "task_assignment"
    act: str
    text: str = ""
    task: FormTask
    problem: FormProblem


class TaskFeedback(BaseModel):
    """任务反馈单: what a department does about its task. The same `form_id` again does nothing and gets the
    same kind of answer. `rev` is of the task that it answers. `text` is the answer or the reason. `hours` are
    counted hours of an extension. `photos` (as it is now) and `before` were brought first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Literal["task_feedback"] = "task_feedback"
    version: Literal[1] = 1
    form_id: UUID
    rev: Count
    act: FeedbackAct
    text: Annotated[str, Field(max_length=MOST_TEXT)] = ""
    hours: Annotated[float | None, Field(gt=0, le=MOST_HOURS)] = None
    photos: Annotated[list[UUID], Field(max_length=MOST_PHOTOS)] = []
    before: Annotated[list[UUID], Field(max_length=MOST_PHOTOS)] = []


class ResultCheck(_Form):
    """结果核查单: the department's result was looked at and does not do: the task is its again."""

    form: Literal["result_check"] = "result_check"
    act: str
    text: str = ""
    task: FormTask
    problem: FormProblem


class ResultFeedback(_Form):
    """结果反馈单: the task is over. `act` says how: `finish` (the case was closed), `settle` (the case was
    done without the department's answer). For a work order (`reference`): what became of it: `done`, `close`,
    `cancel`, `decline`, `reopen` …; `text` are the departments' answers, or why it was declined.
    """

    form: Literal["result_feedback"] = "result_feedback"
    act: str
    text: str = ""
    reference: Reference | None = None
    case_number: str | None
    task: FormTask | None
    problem: FormProblem | None


class ListedOrder(BaseModel):
    """A work order in a list: its number, and how far it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: Reference
    state: OrderState


def each_once(orders: Sequence[ListedOrder]) -> None:
    """Raises `ValueError` where a number stands twice."""
    if len({one.reference for one in orders}) < len(orders):
        raise ValueError("a reference stands twice")


class OrderList(_Form):
    """对账单: our work orders that were registered on `day` in the city. It may be answered with
    `OrderListAnswer`, also when it comes again.
    """

    form: Literal["order_list"] = "order_list"
    day: date
    orders: Annotated[list[ListedOrder], Field(max_length=MOST_ORDERS)]


class OrderListAnswer(BaseModel):
    """The other side's work orders of that day."""

    model_config = ConfigDict(frozen=True)

    orders: Annotated[list[ListedOrder], Field(max_length=MOST_ORDERS)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        each_once(self.orders)
        return self

    def by_reference(self) -> dict[str, OrderState]:
        return {one.reference: one.state for one in self.orders}


AnyForm = (
    ProblemRegistration
    | VerificationRequest
    | VerificationFeedback
    | CaseFiling
    | TaskAssignment
    | TaskFeedback
    | ResultCheck
    | ResultFeedback
    | OrderList
)
TaskForm = TaskAssignment | ResultCheck | ResultFeedback
"""What a department is sent."""
OrderForm = CaseFiling | ResultFeedback
"""What is told of a work order."""
SentForm = TaskForm | OrderForm | VerificationRequest
"""What leaves by a delivery."""


class ExchangeForm(RootModel[Annotated[AnyForm, Field(discriminator="form")]]):
    """Any of the eight forms, and the daily list of work orders."""
