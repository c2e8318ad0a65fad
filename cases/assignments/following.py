"""Assignments go with their case: given at its filing, settled, taken back, finished, sent back with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.assignments import store
from cases.assignments.clocks import AssignmentClock, current
from cases.assignments.model import Assignment, AssignmentAct, act
from cases.assignments.record import AssignmentRecord, is_own
from cases.deadlines import store as clock_store
from cases.deadlines.model import DeadlineFact
from cases.deadlines.service import CaseDeadlines
from cases.errors import AlreadyAssigned
from cases.events import AssignmentAction, AssignmentState
from cases.life.model import Case, CaseAction
from cases.responsibility import store as department_store
from cases.responsibility.store import CaseDepartment, DepartmentPart
from cases.workflow.model import SYSTEM, AssignmentWorkflow, ClockEffect
from core.actor import Actor, system
from core.ids import uuid7
from core.storage import Transaction

_AS_SYSTEM: Final = frozenset({SYSTEM})
_WITH_CASE: Final = {
    CaseAction.DONE: AssignmentAction.SETTLE,
    CaseAction.CANCEL: AssignmentAction.WITHDRAW,
    CaseAction.CLOSE: AssignmentAction.FINISH,
}
_AGAIN: Final = {
    CaseAction.REOPEN: (AssignmentAction.REWORK, AssignmentState.ANSWERED),
    CaseAction.REOPEN_CLOSED: (AssignmentAction.REOPEN, AssignmentState.FINISHED),
}
"""What a department does again, and the state of what it had done."""


class CaseAssignments:
    """Every method is part of a transaction that holds the case's row."""

    def __init__(
        self, workflow: AssignmentWorkflow, deadlines: CaseDeadlines, record: AssignmentRecord
    ) -> None:
        self._workflow = workflow
        self._deadlines = deadlines
        self._record = record

    @property
    def workflow(self) -> AssignmentWorkflow:
        return self._workflow

    async def begin(
        self, connection: AsyncConnection, case: Case, departments: Sequence[CaseDepartment], actor: Actor
    ) -> None:
        """Give a case that was filed to its departments, each with the time that the case has."""
        if not departments:
            return
        transaction = Transaction.of(connection)
        clock = await clock_store.running(connection, case.case_id)
        for one in departments:
            await self._record.begin(
                transaction, case, self._new(case, one, actor, case.filed_at),
                _by(AssignmentAction.DISPATCH, actor), actor, None if clock is None else clock.terms,
                with_case=True,
            )  # fmt: skip

    async def give(
        self,
        transaction: Transaction,
        case: Case,
        department: CaseDepartment,
        actor: Actor,
        now: datetime,
        *,
        text: str,
        must_answer: bool | None = None,
        quiet: bool = False,
    ) -> Assignment:
        """Give an open case to a department, from now on. `quiet`: the act stands in the case's log already.
        Raises `AlreadyAssigned`.
        """
        connection = transaction.connection
        held = await store.of_case(connection, case.case_id)
        if any(one.department_id == department.department_id and one.open for one in held):
            raise AlreadyAssigned(remedy="look at its departments", department=department.department_id)
        fresh = self._new(case, department, actor, now, must_answer)
        terms = await self._deadlines.fresh_terms(connection, case, now)
        what = _by(AssignmentAction.DISPATCH, actor, text)
        return await self._record.begin(transaction, case, fresh, what, actor, terms, quiet=quiet)

    async def require_unassigned_host(
        self, connection: AsyncConnection, case: Case, department_id: str
    ) -> None:
        """The host that has answered is sent its work back, not given the case a second time. Raises
        `AlreadyAssigned`.
        """
        for one in await store.of_case(connection, case.case_id):
            is_its = one.department_id == department_id and one.part is DepartmentPart.HOST
            if is_its and one.state is not AssignmentState.WITHDRAWN:
                raise AlreadyAssigned(remedy="send its answer back", department=department_id)

    async def change_host(
        self,
        transaction: Transaction,
        case: Case,
        host: CaseDepartment,
        actor: Actor,
        now: datetime,
        text: str,
    ) -> None:
        """Take a case back from its host department and give it to another one."""
        for one in await store.of_case(transaction.connection, case.case_id):
            if one.open and (one.part is DepartmentPart.HOST or one.department_id == host.department_id):
                await self.move(
                    transaction, case, one, AssignmentAction.WITHDRAW, actor, now, text, with_case=True
                )
        await self.give(transaction, case, host, actor, now, text=text, quiet=True)

    async def take_back(
        self, transaction: Transaction, case: Case, department_id: str, actor: Actor, now: datetime, text: str
    ) -> None:
        """What a department has of a case that it is about to be the host of."""
        for one in await store.of_case(transaction.connection, case.case_id):
            if one.open and one.department_id == department_id:
                await self.move(
                    transaction, case, one, AssignmentAction.WITHDRAW, actor, now, text, with_case=True
                )

    async def is_signed_for(self, connection: AsyncConnection, case: Case) -> bool:
        """Whether a department has done more than to be given it."""
        held = await store.of_case(connection, case.case_id)
        return any(one.open and one.rev > 1 for one in held)

    async def has_own_time(self, connection: AsyncConnection, case: Case) -> bool:
        """Whether the host's clock was paused or lengthened."""
        host = await self._host(connection, case)
        if host is None:
            return False
        clock = current((await store.clocks(connection, [host.assignment_id]))[host.assignment_id])
        return clock is not None and is_own(clock)

    async def renew(
        self, connection: AsyncConnection, case: Case, now: datetime, *, write: bool
    ) -> tuple[AssignmentClock | None, AssignmentClock | None, Sequence[DeadlineFact]]:
        """Count the clocks of open assignments anew by the rules as they are; what became of the host's."""
        host: tuple[AssignmentClock | None, AssignmentClock | None, Sequence[DeadlineFact]] = (None, None, ())
        for one in await store.of_case(connection, case.case_id):
            if one.open:
                found = await self._record.renew(connection, case, one, now, write=write)
                host = found if one.part is DepartmentPart.HOST else host
        return host

    async def align(
        self, connection: AsyncConnection, case: Case, departments: Sequence[CaseDepartment], now: datetime
    ) -> None:
        """Give a case that nobody has signed for to these departments instead; its time goes on."""
        transaction, actor = Transaction.of(connection), system("rules")
        wanted = {(one.department_id, one.part): one for one in departments}
        for one in await store.of_case(connection, case.case_id):
            if one.open and wanted.pop((one.department_id, one.part), None) is None:
                await self.move(
                    transaction, case, one, AssignmentAction.WITHDRAW, actor, now, "", with_case=True
                )
        clock = await clock_store.running(connection, case.case_id)
        for department in wanted.values():
            await self._record.begin(
                transaction, case, self._new(case, department, actor, now),
                _by(AssignmentAction.DISPATCH, actor), actor, None if clock is None else clock.terms,
                with_case=True, counts_from=None if clock is None else clock.started_at,
            )  # fmt: skip

    async def _host(self, connection: AsyncConnection, case: Case) -> Assignment | None:
        held = await store.of_case(connection, case.case_id)
        return next((one for one in held if one.open and one.part is DepartmentPart.HOST), None)

    async def follow(
        self, transaction: Transaction, case: Case, what: CaseAction, actor: Actor, now: datetime, text: str
    ) -> None:
        """What an act on the case means for its assignments."""
        held = await store.of_case(transaction.connection, case.case_id)
        if what in _AGAIN:
            await self._handle_again(transaction, case, held, what, actor, now, text)
            return
        action = _WITH_CASE.get(what)
        for one in held:
            if action is not None and self._workflow.row(action, one.state) is not None:
                await self.move(transaction, case, one, action, actor, now, text, with_case=True)

    async def move(
        self,
        transaction: Transaction,
        case: Case,
        assignment: Assignment,
        action: AssignmentAction,
        actor: Actor,
        now: datetime,
        text: str,
        *,
        with_case: bool = False,
    ) -> Assignment:
        """An act that follows from another one, whoever does it."""
        what = AssignmentAct(action, actor.id, actor.name, _AS_SYSTEM, text or str(action))
        after, row = act(assignment, self._workflow, what, at=now)
        noted = _by(action, actor, text)
        await self._record.keep(
            transaction, case, after, row.clock, noted, actor, at=now, with_case=with_case
        )
        return after

    async def _handle_again(
        self,
        transaction: Transaction,
        case: Case,
        held: Sequence[Assignment],
        what: CaseAction,
        actor: Actor,
        now: datetime,
        text: str,
    ) -> None:
        """The host handles a case that was sent back or reopened, unless a department has been given it
        already; a reopened one also those of its departments that had to answer. A host that was chosen
        since, or that never had it, is given it.
        """
        if any(one.open for one in held):
            return
        action, state = _AGAIN[what]
        last = {one.department_id: one for one in held if one.state is state}
        for department in await self._departments(transaction.connection, case):
            former = last.get(department.department_id)
            is_host = department.part is DepartmentPart.HOST
            if not is_host and (former is None or not former.must_answer or what is CaseAction.REOPEN):
                continue
            if former is not None and former.part is department.part:
                await self.move(transaction, case, former, action, actor, now, text, with_case=True)
                continue
            terms = await self._deadlines.fresh_terms(transaction.connection, case, now)
            fresh = self._new(case, department, actor, now)
            begun = _by(AssignmentAction.DISPATCH, actor, text)
            await self._record.begin(transaction, case, fresh, begun, actor, terms, with_case=True)

    async def _departments(self, connection: AsyncConnection, case: Case) -> Sequence[CaseDepartment]:
        return (await department_store.of_cases(connection, [case.case_id]))[case.case_id]

    def _new(
        self,
        case: Case,
        department: CaseDepartment,
        actor: Actor,
        at: datetime,
        must_answer: bool | None = None,
    ) -> Assignment:
        begins = self._workflow.row(AssignmentAction.DISPATCH, None)
        assert begins is not None
        assert begins.target is not None
        assert begins.clock is ClockEffect.START
        is_host = department.part is DepartmentPart.HOST
        asked = self._workflow.assists_must_answer if must_answer is None else must_answer
        return Assignment(
            uuid7(), case.case_id, department.department_id, department.name_zh, department.name_en,
            department.part, is_host or asked, begins.target, at, at, AssignmentAction.DISPATCH, actor.id,
            actor.name,
        )  # fmt: skip


def _by(action: AssignmentAction, actor: Actor, text: str = "") -> AssignmentAct:
    return AssignmentAct(action, actor.id, actor.name, _AS_SYSTEM, text)
