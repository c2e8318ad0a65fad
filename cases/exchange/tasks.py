"""A department's own system: it reads its tasks as forms, and acts on them by feedback forms. The acts are
those of the desk, by the same service.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from cases import rights
from cases.assignments.service import AskedAct, AssignedCase, AssignmentService
from cases.assignments.store import AssignmentFilter, AssignmentPlace
from cases.exchange.building import FormBuilder
from cases.exchange.forms import TaskAssignment, TaskFeedback
from cases.exchange.model import FormName
from core.actor import Actor
from core.clock import Clock
from core.ids import uuid7


class ExchangeTasks:
    def __init__(self, assignments: AssignmentService, builder: FormBuilder, clock: Clock) -> None:
        self._assignments = assignments
        self._builder = builder
        self._clock = clock

    async def page(
        self, actor: Actor, after: AssignmentPlace | None, limit: int
    ) -> tuple[Sequence[TaskAssignment], AssignmentPlace | None]:
        """The open tasks of the actor's departments, those due first, and where the next page begins."""
        rights.EXCHANGE_TASKS.check(actor)
        found, following = await self._assignments.find(actor, AssignmentFilter(only_open=True), after, limit)
        return [self._form(one) for one in found], following

    async def one(self, actor: Actor, task_id: UUID) -> TaskAssignment:
        """Raises `NoSuchAssignment`, also for another department's."""
        rights.EXCHANGE_TASKS.check(actor)
        found, _ = await self._assignments.one(actor, task_id)
        return self._form(found)

    async def feed_back(self, actor: Actor, task_id: UUID, feedback: TaskFeedback) -> TaskAssignment:
        """Do what the form says, once by its `form_id`; the task afterwards. Raises as
        `AssignmentService.act`.
        """
        rights.EXCHANGE_FEEDBACK.check(actor)
        asked = AskedAct(
            feedback.act, feedback.rev, feedback.text, feedback.hours,
            photos=tuple(feedback.photos), before=tuple(feedback.before),
        )  # fmt: skip
        return self._form(await self._assignments.act(task_id, asked, op_id=feedback.form_id, actor=actor))

    def _form(self, one: AssignedCase) -> TaskAssignment:
        form = self._builder.form(
            FormName.TASK_ASSIGNMENT, one.case, one.assignment, one.clocks,
            one.assignment.last_act.value, "", form_id=uuid7(), made_at=self._clock.now(),
        )  # fmt: skip
        assert isinstance(form, TaskAssignment)
        return form
