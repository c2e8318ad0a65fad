"""What desks are shown of a verification task."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from cases.events import VerificationFinding, VerificationState
from cases.verification.model import Verification, department_of
from cases.verification.ports import Inspector, TaskPhoto
from cases.verification.service import task_number
from core.events import PERSONAL, PUBLIC
from core.place import Position


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class VerificationActView(_View):
    """`by` is a user, `unit:<id>` or `system:<part>`."""

    act: Literal["ask", "accept", "decline", "answer", "recall", "expire"]
    at: datetime
    by: str
    reason: Annotated[str, PERSONAL] = ""


class TaskPhotoView(_View):
    """`kept` once all of it is here and can be looked at."""

    photo_id: Annotated[UUID, PUBLIC]
    taken_at: datetime
    kept: bool


class VerificationView(_View):
    """`late`: it was answered after `due_at`. `position` is where the inspector's device was when he
    answered.
    """

    task_id: Annotated[UUID, PUBLIC]
    number: Annotated[str, PUBLIC]
    draft_id: Annotated[UUID | None, PUBLIC] = None
    case_id: Annotated[UUID | None, PUBLIC] = None
    unit_id: str
    unit_name: str
    state: Annotated[VerificationState, PUBLIC]
    words: Annotated[str, PERSONAL] = ""
    asked_by: str
    asked_at: datetime
    due_at: datetime
    displayed_at: datetime | None = None
    finding: VerificationFinding | None = None
    answer: Annotated[str, PERSONAL] = ""
    answered_at: datetime | None = None
    late: bool = False
    position: Annotated[Position | None, PERSONAL] = None
    acts: list[VerificationActView] = []
    photos: list[TaskPhotoView] = []


class InspectorView(_View):
    """`tasks` are the jobs in his hands; his present shift began at `since`. `outside`: inspectors of a
    department that are in another system.
    """

    unit_id: str
    name: str
    on_shift: bool
    online: bool
    tasks: int
    since: datetime | None = None
    outside: bool = False


def verification_view(task: Verification, photos: list[TaskPhoto] | None = None) -> VerificationView:
    answer = task.answer
    return VerificationView(
        task_id=task.task_id,
        number=task_number(task.task_id),
        draft_id=task.draft_id,
        case_id=task.case_id,
        unit_id=task.unit_id,
        unit_name=task.unit_name,
        state=task.state,
        words=task.words,
        asked_by=task.asked_by,
        asked_at=task.asked_at,
        due_at=task.due_at,
        displayed_at=task.displayed_at,
        finding=None if answer is None else answer.finding,
        answer="" if answer is None else answer.text,
        answered_at=None if answer is None else answer.at,
        late=task.late,
        position=None if answer is None else answer.position,
        acts=[
            VerificationActView(act=one.action.value, at=one.at, by=one.by, reason=one.reason)
            for one in task.acts
        ],
        photos=[photo_view(one) for one in photos or ()],
    )


def photo_view(one: TaskPhoto) -> TaskPhotoView:
    return TaskPhotoView(photo_id=one.photo_id, taken_at=one.taken_at, kept=one.kept)


def inspector_view(one: Inspector) -> InspectorView:
    return InspectorView(
        unit_id=one.unit_id,
        name=one.name,
        on_shift=one.on_shift,
        online=one.online,
        tasks=one.tasks,
        since=one.since,
        outside=bool(department_of(one.unit_id)),
    )
