"""Routes of figures of verification tasks. Days are the city's; `to` no longer belongs to the time."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from cases.evaluation.http import EvaluationQuery, FigureDefinition
from cases.evaluation.verifications.model import TASK_FIGURES, TaskFigures, VerificationKind
from cases.evaluation.verifications.service import TaskBehind, TaskEvaluation, TaskEvaluations, count_of
from cases.events import VerificationFinding, VerificationState
from cases.ports import CurrentUser
from cases.verification.service import task_number
from cases.view_audit import CaseViewAudit
from core.actor import Actor
from core.routes import RoomRouter

MOST_OFFSET = 200_000
_Asked = Annotated[EvaluationQuery, Depends()]
_By = Literal["unit", "beat"]
_Figure = Literal["timely_verification_rate", "answer_rate", "confirmed_rate"]
_Count = Literal[
    "asked", "due", "answered", "in_time", "late", "unanswered", "declined", "recalled", "confirmed",
    "not_found", "differs",
]  # fmt: skip


class TaskFiguresView(BaseModel):
    """What has no denominator is null, and so is a median of nothing."""

    key: str
    name: str
    counts: dict[str, int]
    rates: dict[str, float | None]
    median_s: float | None


class TaskEvaluationView(BaseModel):
    since: date
    until: date
    by: str
    kind: VerificationKind
    figures: list[FigureDefinition]
    rows: list[TaskFiguresView]
    total: TaskFiguresView


class TaskBehindView(BaseModel):
    """`number` is the task's, `case_number` that of its case: null where it has none, and where the case is
    not for this reader (`hidden`).
    """

    task_id: UUID
    number: str
    unit_id: str
    unit_name: str
    beat: str
    state: VerificationState
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    finding: VerificationFinding | None
    late: bool
    case_id: UUID | None
    case_number: str | None
    hidden: bool


class TasksBehindView(BaseModel):
    """`count` is the number that was asked about; the next page begins at `offset` plus those of this one."""

    count: int
    tasks: list[TaskBehindView]


def task_evaluation_routes(
    evaluations: TaskEvaluations, user: CurrentUser, view_audit: CaseViewAudit
) -> APIRouter:
    routes = RoomRouter(prefix="/evaluation/verifications", tags=["evaluation"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("")
    async def evaluate(
        actor: person, asked: _Asked, by: _By = "unit", kind: VerificationKind = "all"
    ) -> TaskEvaluationView:
        """Figures of the verification tasks that were asked in the time, by inspector or by beat."""
        return TaskEvaluationView.model_validate(
            task_evaluation_body(await evaluations.evaluate(actor, asked.request, by, kind))
        )

    @routes.get("/tasks")
    async def behind(
        actor: person,
        asked: _Asked,
        by: _By | None = None,
        key: Annotated[str, Query(max_length=80)] = "",
        kind: VerificationKind = "all",
        count: _Count | None = None,
        figure: _Figure | None = None,
        part: Literal["numerator", "denominator"] = "numerator",
        offset: Annotated[int, Query(ge=0, le=MOST_OFFSET)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> TasksBehindView:
        """The tasks behind a count, or behind a part of a figure: as many as it says."""
        wanted = count_of(figure, part) if figure is not None else count or "asked"
        found = await evaluations.behind(
            actor, asked.request, wanted, kind, by=by or "", key=key, offset=offset, limit=limit
        )
        seen = [one.case for one in found.tasks if one.case is not None]
        await view_audit.at_list(actor, seen, {"evaluation": f"verifications {wanted}"}, by_word=False)
        return TasksBehindView(count=found.count, tasks=[_task(one) for one in found.tasks])

    return routes


def task_evaluation_body(found: TaskEvaluation) -> dict[str, Any]:
    """As JSON, with the definitions of the figures."""
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "by": found.by,
        "kind": found.kind,
        "figures": [
            {
                "name": name, "numerator": one.numerator, "denominator": one.denominator,
                "unit": one.unit, "less_is_better": one.less_is_better,
            }
            for name, one in TASK_FIGURES.items()
        ],
        "rows": [_figures(one) for one in found.rows],
        "total": _figures(found.total),
    }  # fmt: skip


def _figures(one: TaskFigures) -> dict[str, Any]:
    return {
        "key": one.key, "name": one.name, "counts": dict(one.counts), "rates": dict(one.rates),
        "median_s": one.median_s,
    }  # fmt: skip


def _task(one: TaskBehind) -> TaskBehindView:
    task, case = one.task, one.case
    return TaskBehindView(
        task_id=task.task_id,
        number=task_number(task.task_id),
        unit_id=task.unit_id,
        unit_name=task.unit_name,
        beat=task.beat,
        state=task.state,
        asked_at=task.asked_at,
        due_at=task.due_at,
        answered_at=task.answered_at,
        finding=task.finding,
        late=task.answered_at is not None and task.answered_at > task.due_at,
        case_id=None if case is None else case.case_id,
        case_number=None if case is None else case.number,
        hidden=one.hidden,
    )
