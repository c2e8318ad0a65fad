"""Verification tasks of another system's inspectors: the forms that they are sent, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.drafting import store as draft_store
from cases.errors import VerificationIncomplete
from cases.events import VerificationState
from cases.exchange.forms import FormVerification, VerificationFeedback, VerificationRequest
from cases.exchange.model import FormDelivery
from cases.exchange.problems import FormProblems
from cases.exchange.receivers import ActiveReceivers
from cases.life import store as case_store
from cases.life.model import Case
from cases.responsibility.model import ResponsibleDepartment
from cases.verification import store
from cases.verification.model import RULES, Verification, VerificationAction, VerificationRole, moved_on
from cases.verification.ports import OutsideInspectors, TaskPhotos
from cases.verification.service import VerificationService, task_number
from core.actor import Actor
from core.ids import uuid7
from core.place import Position
from core.storage import Storage

MOST_TASK_PHOTOS = 9
UNSAID_M = 100.0
"""The accuracy of a position that says none."""


class InspectingDepartments:
    """Fills `cases.verification.ports.OutsideDirectory` by the setting `exchange`."""

    def __init__(
        self, receivers: ActiveReceivers, known: Callable[[], Sequence[ResponsibleDepartment]]
    ) -> None:
        self._receivers = receivers
        self._known = known

    def listed(self) -> Sequence[OutsideInspectors]:
        names = {one.department_id: one.name_zh for one in self._known()}
        return [
            OutsideInspectors(
                one.department_id, names.get(one.department_id, one.department_id), frozenset(one.beats)
            )
            for one in self._receivers.inspecting()
        ]


class VerificationForms:
    def __init__(self, problems: FormProblems) -> None:
        self._problems = problems

    async def of_delivery(
        self, connection: AsyncConnection, delivery: FormDelivery, made_at: datetime
    ) -> VerificationRequest:
        """Raises `NoSuchVerification`."""
        task = await store.get(connection, UUID(delivery.reference))
        return await self.of_task(connection, task, delivery.act, delivery.delivery_id, made_at)

    async def of_task(
        self, connection: AsyncConnection, task: Verification, act: str, form_id: UUID, made_at: datetime
    ) -> VerificationRequest:
        """The form of a task as it is now. Of a confidential one it has neither words nor description;
        without a problem where the report was erased.
        """
        case = None if task.case_id is None else await case_store.get(connection, task.case_id)
        secret = task.confidential if case is None else case.confidential
        problem = None
        if case is not None:
            problem = self._problems.of_case(case)
        elif task.draft_id is not None and await draft_store.is_there(connection, task.draft_id):
            stored = await draft_store.get(connection, task.draft_id)
            problem = self._problems.of_draft(stored.draft, confidential=secret)
        return VerificationRequest(
            form_id=form_id, made_at=made_at, act=act, text="" if secret else _text(task, act),
            stage="result" if task.draft_id is None else "report", task=_task(task, case), problem=problem,
        )  # fmt: skip


class ExchangeVerifications:
    """A department's own system: it reads its verification tasks as forms, and says what was found."""

    def __init__(
        self, storage: Storage, tasks: VerificationService, forms: VerificationForms, photos: TaskPhotos
    ) -> None:
        self._storage = storage
        self._tasks = tasks
        self._forms = forms
        self._photos = photos

    async def open_ones(self, actor: Actor) -> Sequence[VerificationRequest]:
        """What waits for the actor's departments, the earliest due first."""
        rights.EXCHANGE_VERIFICATIONS.check(actor)
        return [await self._form(one) for one in await self._tasks.open_of(actor)]

    async def one(self, actor: Actor, task_id: UUID) -> VerificationRequest:
        """Raises `NoSuchVerification`, also for another department's."""
        rights.EXCHANGE_VERIFICATIONS.check(actor)
        return await self._form(await self._tasks.one_of(actor, task_id))

    async def feed_back(
        self, actor: Actor, task_id: UUID, feedback: VerificationFeedback
    ) -> VerificationRequest:
        """Do what the form says, once by its `form_id`; the task afterwards. Raises as
        `VerificationService.act_outside`.
        """
        rights.EXCHANGE_FINDING.check(actor)
        where = feedback.position
        position = None
        if where is not None:
            position = Position(lon=where.lon, lat=where.lat, accuracy_m=where.accuracy_m or UNSAID_M)
        after = await self._tasks.act_outside(
            actor, task_id, VerificationAction(feedback.act), op_id=feedback.form_id,
            finding=feedback.finding, text=feedback.text, looked_at=feedback.looked_at, position=position,
        )  # fmt: skip
        return await self._form(after)

    async def bring_photo(self, actor: Actor, task_id: UUID, photo_id: UUID, data: bytes) -> None:
        """Keep a photo of what was found, once by `photo_id`, while the task may be answered.

        Raises `NoSuchVerification`, also for another department's; `VerificationMovedOn`,
        `VerificationIncomplete` for one too many, and what refuses a photo.
        """
        rights.EXCHANGE_FINDING.check(actor)
        task = await self._tasks.one_of(actor, task_id)
        there = {one.photo_id for one in await self._photos.of_task(task_id)}
        if photo_id in there:
            return
        if VerificationAction.ANSWER.value not in _possible(task.state):
            raise moved_on(task)
        if len(there) >= MOST_TASK_PHOTOS:
            raise VerificationIncomplete(
                f"a task has {MOST_TASK_PHOTOS} photos at most", remedy="answer with those", field="photos"
            )
        await self._photos.keep(actor, task.department_id, task_id, task.case_id, photo_id, data)

    async def _form(self, task: Verification) -> VerificationRequest:
        async with self._storage.read() as connection:
            return await self._forms.of_task(
                connection, task, task.last.action.value, uuid7(), self._storage.clock.now()
            )


def _text(task: Verification, act: str) -> str:
    """What is to be looked at; why it is taken back."""
    if act == VerificationAction.RECALL.value:
        return next((one.reason for one in reversed(task.acts) if one.action.value == act), "")
    return task.words


def _task(task: Verification, case: Case | None) -> FormVerification:
    answer = task.answer
    return FormVerification(
        task_id=task.task_id,
        number=task_number(task.task_id),
        department_id=task.department_id,
        case_number=None if case is None else case.number,
        state=task.state,
        asked_at=task.asked_at,
        due_at=task.due_at,
        finding=None if answer is None else answer.finding,
        answered_at=None if answer is None else answer.at,
        late=task.late,
        acts=sorted(_possible(task.state)),
    )


def _possible(state: VerificationState) -> list[str]:
    return [
        one.action.value for one in RULES if VerificationRole.INSPECTOR in one.roles and state in one.sources
    ]
