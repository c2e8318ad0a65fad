"""Makes the form of a task from the case as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.assignments import store as assignment_store
from cases.assignments.clocks import AssignmentClock
from cases.assignments.model import Assignment, possible
from cases.assignments.views import clock_view
from cases.deadlines import store as clock_store
from cases.events import AssignmentAction, CaseState
from cases.exchange.forms import (
    FEEDBACK_ACTS,
    CaseFiling,
    FormDepartment,
    FormTask,
    OrderForm,
    ResultCheck,
    ResultFeedback,
    SentForm,
    TaskAssignment,
    TaskForm,
)
from cases.exchange.model import FormDelivery, FormName
from cases.exchange.order_model import DECLINE
from cases.exchange.problems import FormProblems
from cases.exchange.verifying import VerificationForms
from cases.life import store as case_store
from cases.life.model import Case
from cases.workflow.model import AssignmentWorkflow
from core.actor import Role

_DEPARTMENT: Final = frozenset({Role.DEPARTMENT.value})


class FormBuilder:
    def __init__(
        self, problems: FormProblems, workflow: AssignmentWorkflow, verifications: VerificationForms
    ) -> None:
        self._problems = problems
        self._workflow = workflow
        self._verifications = verifications

    async def of_delivery(
        self, connection: AsyncConnection, delivery: FormDelivery, made_at: datetime
    ) -> SentForm:
        """The form, with the words of the act that it tells of. Raises `NoSuchAssignment`, `NoSuchCase`,
        `NoSuchVerification`.
        """
        if delivery.form is FormName.VERIFICATION_REQUEST:
            return await self._verifications.of_delivery(connection, delivery, made_at)
        if delivery.assignment_id is None or delivery.case_id is None:
            return await self._of_order(connection, delivery, made_at)
        assignment = await assignment_store.get(connection, delivery.assignment_id)
        case = await case_store.get(connection, delivery.case_id)
        clocks = await assignment_store.clocks(connection, [assignment.assignment_id])
        text = await assignment_store.text_of_act(
            connection, assignment.assignment_id, delivery.act, delivery.act_at
        )
        return self.form(
            delivery.form, case, assignment, clocks[assignment.assignment_id], delivery.act, text,
            form_id=delivery.delivery_id, made_at=made_at,
        )  # fmt: skip

    def form(
        self,
        name: FormName,
        case: Case,
        assignment: Assignment,
        clocks: Sequence[AssignmentClock],
        act: str,
        text: str,
        *,
        form_id: UUID,
        made_at: datetime,
    ) -> TaskForm:
        """The form of a task. Whoever receives it is outside the centre: of a confidential case he sees
        neither description nor words.
        """
        told = "" if case.confidential else text
        task, problem = self._task(case, assignment, clocks), self._problems.of_case(case)
        if name is FormName.RESULT_FEEDBACK:
            return ResultFeedback(
                form_id=form_id, made_at=made_at, act=act, text=told, case_number=case.number, task=task,
                problem=problem,
            )  # fmt: skip
        made = ResultCheck if name is FormName.RESULT_CHECK else TaskAssignment
        return made(form_id=form_id, made_at=made_at, act=act, text=told, task=task, problem=problem)

    async def _of_order(
        self, connection: AsyncConnection, delivery: FormDelivery, made_at: datetime
    ) -> OrderForm:
        if delivery.case_id is None:
            return ResultFeedback(
                form_id=delivery.delivery_id, made_at=made_at, act=DECLINE.rstrip("_"),
                text=delivery.act.removeprefix(DECLINE), reference=delivery.reference, case_number=None,
                task=None, problem=None,
            )  # fmt: skip
        case = await case_store.get(connection, delivery.case_id)
        if delivery.form is FormName.CASE_FILING:
            clock = await clock_store.running(connection, case.case_id)
            return CaseFiling(
                form_id=delivery.delivery_id, made_at=made_at, case_number=case.number,
                reference=delivery.reference, filed_at=case.filed_at,
                due_at=None if clock is None else clock.terms.due_at, problem=self._problems.of_case(case),
            )  # fmt: skip
        held = await assignment_store.of_case(connection, case.case_id)
        answers = [f"{one.name_zh}: {one.answer}" for one in held if one.answer and not case.confidential]
        return ResultFeedback(
            form_id=delivery.delivery_id, made_at=made_at, act=delivery.act, text="\n".join(answers),
            reference=delivery.reference, case_number=case.number, task=None,
            problem=self._problems.of_case(case),
        )  # fmt: skip

    def _task(self, case: Case, one: Assignment, clocks: Sequence[AssignmentClock]) -> FormTask:
        clock = clock_view(clocks)
        rows = (
            possible(one, self._workflow, by="", roles=_DEPARTMENT)
            if case.state is not CaseState.MERGED
            else ()
        )
        return FormTask(
            task_id=one.assignment_id,
            case_number=case.number,
            department=FormDepartment(
                department_id=one.department_id, name_zh=one.name_zh, name_en=one.name_en
            ),
            part=one.part.value,
            must_answer=one.must_answer,
            state=one.state,
            rev=one.rev,
            given_at=one.since,
            limit="" if clock is None else clock.limit,
            due_at=None if clock is None else clock.due_at,
            warn_at=None if clock is None else clock.warn_at,
            paused_at=None if clock is None else clock.paused_at,
            overdue=clock is not None and clock.was_overdue,
            reminders=one.reminders,
            supervision=one.supervision,
            acts=sorted({AssignmentAction(row.action) for row in rows if row.action in FEEDBACK_ACTS}),
        )
