"""What people do with assignments: see theirs, act on one, give a case to a further department."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.assignments import store
from cases.assignments.clocks import AssignmentClock
from cases.assignments.following import CaseAssignments
from cases.assignments.model import Assignment, AssignmentAct, Handler, act, possible
from cases.assignments.ports import CasePhotoStore, DepartmentStaff
from cases.assignments.record import AssignmentRecord
from cases.assignments.store import AssignmentFilter, AssignmentPlace, KeptAct
from cases.dispatch import store as dispatch_store
from cases.dispatch.model import Dispatch
from cases.errors import (
    AssignmentIncomplete,
    AssignmentMovedOn,
    NoSuchAssignment,
    NoSuchHandler,
    UnitAtWork,
    WrongStep,
)
from cases.events import AssignmentAction, AssignmentState, CaseState
from cases.life import store as case_store
from cases.life.model import Case, CaseAction
from cases.life.service import CaseService
from cases.merging.refusal import refuse_merged
from cases.operations import claim
from cases.privacy import require_case, require_district
from cases.responsibility.service import CaseDepartments
from cases.responsibility.store import DepartmentPart
from cases.workflow.model import AssignmentWorkflow, ClockEffect, WorkflowRow
from core.actor import Actor, Role, system
from core.errors import Forbidden
from core.ids import uuid7
from core.operations import OperationReused
from core.rights import STAFF
from core.storage import Storage, Transaction

CENTRE = (Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR)
"""Who sees the assignments of every department."""


@dataclass(frozen=True, slots=True)
class AssignedCase:
    """An assignment with its case and clocks, and the rows of the table that this person could take now."""

    assignment: Assignment
    case: Case
    clocks: Sequence[AssignmentClock]
    possible: Sequence[WorkflowRow]
    job: Dispatch | None = None
    """Of the unit that the department sent."""


@dataclass(frozen=True, slots=True)
class AskedAct:
    """An act as somebody asks for it. `rev` is of the assignment that he saw; `handler` is the user or unit
    to whom a department gives its case.
    """

    action: AssignmentAction
    rev: int
    text: str = ""
    hours: float | None = None
    level: int | None = None
    department_id: str = ""
    photos: Sequence[UUID] = ()
    before: Sequence[UUID] = ()
    handler: str = ""


class AssignmentService:
    def __init__(
        self,
        *,
        storage: Storage,
        cases: CaseService,
        departments: CaseDepartments,
        assignments: CaseAssignments,
        record: AssignmentRecord,
        photos: CasePhotoStore,
        staff: DepartmentStaff,
        on_duty: Callable[[str], Mapping[str, datetime]],
    ) -> None:
        self._storage = storage
        self._cases = cases
        self._departments = departments
        self._assignments = assignments
        self._record = record
        self._photos = photos
        self._staff = staff
        self._on_duty = on_duty

    @property
    def workflow(self) -> AssignmentWorkflow:
        """The table of states and actions."""
        return self._assignments.workflow

    async def find(
        self, actor: Actor, wanted: AssignmentFilter, after: AssignmentPlace | None, limit: int
    ) -> tuple[list[AssignedCase], AssignmentPlace | None]:
        """A page of the assignments that this person may see, those due first, and where the next begins."""
        rights.SEE_ASSIGNMENTS.check(actor)
        mine = replace(wanted, departments=departments_of(actor), districts=_districts_of(actor))
        async with self._storage.read() as connection:
            found = await store.page(connection, mine, after, limit + 1)
            items = await self._items(connection, actor, [one for one, _ in found[:limit]])
        return items, found[limit - 1][1] if len(found) > limit else None

    async def one(self, actor: Actor, assignment_id: UUID) -> tuple[AssignedCase, list[KeptAct]]:
        """An assignment with every act on it. Raises `NoSuchAssignment`, also for another department's,
        `OutOfScope`.
        """
        rights.SEE_ASSIGNMENTS.check(actor)
        async with self._storage.read() as connection:
            assignment = await store.get(connection, assignment_id)
            case = await case_store.get(connection, assignment.case_id)
            _require(actor, assignment, case)
            [item] = await self._items(connection, actor, [assignment])
            return item, await store.acts(connection, assignment_id)

    async def of_case(self, actor: Actor, case_id: UUID) -> list[AssignedCase]:
        """The assignments of a case, oldest first. Raises `NoSuchCase`, `NotYourCase`, `OutOfScope`."""
        rights.SEE_ASSIGNMENTS_OF_CASE.check(actor)
        async with self._storage.read() as connection:
            require_case(actor, await case_store.get(connection, case_id))
            return await self._items(connection, actor, await store.of_case(connection, case_id))

    async def handlers(self, actor: Actor, assignment_id: UUID) -> Sequence[Handler]:
        """The people to whom this department may give its case, who is on duty first, and its units. Raises
        `NoSuchAssignment`.
        """
        rights.DELEGATE_ASSIGNMENT.check(actor)
        async with self._storage.read() as connection:
            assignment = await store.get(connection, assignment_id)
            _require(actor, assignment, await case_store.get(connection, assignment.case_id))
        until = self._on_duty(assignment.department_id)
        known = await self._staff.handlers(assignment.department_id)
        found = [
            one if one.is_unit else replace(one, on_duty_until=until.get(one.handler_id)) for one in known
        ]
        return sorted(found, key=lambda one: (one.is_unit, one.on_duty_until is None))

    async def give(
        self, case_id: UUID, department_id: str, *, op_id: UUID, actor: Actor, text: str, must_answer: bool
    ) -> AssignedCase:
        """Give a case to a further department, or to its host where nobody has it. Raises `AlreadyAssigned`,
        `CaseMerged`, `NoSuchDepartment`, `WrongStep`, `NotYourCase`, `OutOfScope`, `OperationReused`.
        """
        rights.ASSIGN.check(actor)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            earlier = await claim(transaction, op_id, "assign", case_id, now)
            case = await case_store.get(connection, case_id, lock=True)
            require_case(actor, case)
            if earlier is not None:
                held = await store.of_case(connection, case_id)
                last = [one for one in held if one.department_id == department_id]
                if earlier != case_id or not last:
                    raise OperationReused
                return (await self._items(connection, actor, last[-1:]))[0]
            await refuse_merged(connection, case)
            _require_filed(case)
            department = await self._departments.further(connection, case, department_id, actor.id, now)
            if department.part is DepartmentPart.HOST:
                await self._assignments.require_unassigned_host(connection, case, department_id)
            new = await self._assignments.give(
                transaction, case, department, actor, now, text=text, must_answer=must_answer
            )
            return (await self._items(connection, actor, [new]))[0]

    async def act(self, assignment_id: UUID, asked: AskedAct, *, op_id: UUID, actor: Actor) -> AssignedCase:
        """Do what the table allows; the assignment afterwards, and after a reassignment the new one.

        Raises `AssignmentMovedOn` where somebody acted since `rev`, `CaseMerged`, `NoSuchAssignment`,
        `Forbidden`, `OutOfScope`, `NoSuchHandler`, `UnitAtWork`, `BeyondOutsideDeadline`, and as
        `cases.assignments.model.act`.
        """
        line = rights.assignment_right(asked.action)
        if line is None:
            raise Forbidden(f"nobody does {asked.action} by himself", remedy="act on the case")
        line.check(actor)
        known_photos = await self._photos_of(actor, assignment_id, asked)
        handler = await self._handler(actor, assignment_id, asked)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            earlier = await claim(transaction, op_id, f"assignment:{asked.action}", assignment_id, now)
            known = await store.get(connection, assignment_id)
            case = await case_store.get(connection, known.case_id, lock=True)
            assignment = await store.get(connection, assignment_id)
            _require(actor, assignment, case)
            if earlier is not None:
                return (await self._items(connection, actor, [assignment]))[0]
            await refuse_merged(connection, case)
            if assignment.rev != asked.rev:
                raise _moved_on(assignment)
            if asked.action is AssignmentAction.DELEGATE and asked.handler and handler is None:
                raise NoSuchHandler(remedy="look at its people and units again")
            _require_photos(asked, known_photos)
            after = await self._act(transaction, case, assignment, asked, handler, actor, now)
            return (await self._items(connection, actor, [after]))[0]

    async def refuse_merged(self, case: Case) -> None:
        """Raises `CaseMerged`."""
        async with self._storage.read() as connection:
            await refuse_merged(connection, case)

    async def _photos_of(self, actor: Actor, assignment_id: UUID, asked: AskedAct) -> frozenset[UUID]:
        """The photos of the case, where the act names some."""
        if not asked.photos and not asked.before:
            return frozenset()
        async with self._storage.read() as connection:
            assignment = await store.get(connection, assignment_id)
            _require(actor, assignment, await case_store.get(connection, assignment.case_id))
        return frozenset(one.photo_id for one in await self._photos.of_case(assignment.case_id))

    async def _handler(self, actor: Actor, assignment_id: UUID, asked: AskedAct) -> Handler | None:
        """Whom the act names, None for a stranger; of other rooms, so before the transaction, which alone
        knows whether the act was done already.
        """
        if asked.action is not AssignmentAction.DELEGATE or not asked.handler:
            return None
        known = await self.handlers(actor, assignment_id)
        return next((one for one in known if one.handler_id == asked.handler), None)

    async def _act(
        self,
        transaction: Transaction,
        case: Case,
        assignment: Assignment,
        asked: AskedAct,
        handler: Handler | None,
        actor: Actor,
        now: datetime,
    ) -> Assignment:
        if asked.action is AssignmentAction.WITHDRAW and assignment.part is DepartmentPart.HOST:
            raise WrongStep(
                "a case has a host department", remedy="give it to another one",
                state=assignment.state.value,
            )  # fmt: skip
        if asked.action in _NOT_WHILE_AT_WORK:
            await _refuse_while_at_work(transaction.connection, assignment)
        what = AssignmentAct(
            asked.action, actor.id, actor.name, frozenset(role.value for role in actor.roles),
            _words(asked, handler, assignment), asked.hours, asked.level, asked.department_id, asked.photos,
            asked.before, handler, uuid7() if handler is not None and handler.is_unit else None,
        )  # fmt: skip
        after, row = act(assignment, self.workflow, what, at=now)
        if asked.action is AssignmentAction.ASK_EXTENSION or row.clock is ClockEffect.EXTEND:
            await self._record.require_in_time(transaction.connection, assignment, after.asked_h or 0.0, now)
        with_reopening = await self._reopens(transaction.connection, case, asked.action, now)
        # A case that is sent back starts its own clock.
        await self._record.keep(
            transaction, case, after, row.clock, what, actor, at=now, with_case=with_reopening
        )
        if asked.action in _OF_HANDLERS:
            await self._move_job(transaction, case, assignment, after, asked, actor, now)
        if with_reopening:
            await self._cases.step(transaction, case, CaseAction.REOPEN, actor, asked.text)
        elif asked.action is AssignmentAction.REASSIGN:
            return await self._give_on(transaction, case, assignment, asked, actor, now)
        elif asked.action is AssignmentAction.ANSWER:
            await self._finish(transaction, case)
        elif asked.action is AssignmentAction.WITHDRAW:
            await self._departments.remove(transaction.connection, case, assignment.department_id)
            await self._finish(transaction, case)
        return after

    async def _reopens(
        self, connection: AsyncConnection, case: Case, action: AssignmentAction, now: datetime
    ) -> bool:
        """Whether the act sends back the case with the answer; its clocks then begin without a deadline from
        outside that has passed. Raises `WrongStep`.
        """
        if action is not AssignmentAction.REWORK:
            return False
        if case.state not in {CaseState.DONE, CaseState.VERIFIED}:
            _require_filed(case)
            return False
        await self._record.end_passed(connection, case, now)
        return True

    async def _move_job(
        self,
        transaction: Transaction,
        case: Case,
        former: Assignment,
        after: Assignment,
        asked: AskedAct,
        actor: Actor,
        now: datetime,
    ) -> None:
        """The former unit loses the job in the transaction in which the next one gets it. Raises `UnitAtWork`
        where that is the same one, which has it still.
        """
        if former.job_id is not None:
            if after.job_id is not None and after.handler == former.handler:
                await _refuse_while_at_work(transaction.connection, former)
            await self._record.recall_unit(transaction, case, former, actor, asked.text, now)
        if after.job_id is not None:
            await self._record.send_unit(transaction, case, after, actor, now)

    async def _give_on(
        self,
        transaction: Transaction,
        case: Case,
        former: Assignment,
        asked: AskedAct,
        actor: Actor,
        now: datetime,
    ) -> Assignment:
        """The same part goes to another department, with a clock of its own."""
        connection = transaction.connection
        if former.part is DepartmentPart.HOST:
            await self._assignments.take_back(transaction, case, asked.department_id, actor, now, asked.text)
            department = await self._departments.choose(connection, case, asked.department_id, actor.id, now)
        else:
            department = await self._departments.further(
                connection, case, asked.department_id, actor.id, now, instead_of=former.department_id
            )
        return await self._assignments.give(
            transaction, case, department, actor, now, text=asked.text, must_answer=former.must_answer
        )

    async def _finish(self, transaction: Transaction, case: Case) -> None:
        """A case is done when all that must answer have answered."""
        if case.state is not CaseState.FILED:
            return
        held = await store.of_case(transaction.connection, case.case_id)
        must = [one for one in held if one.must_answer and one.state is not AssignmentState.WITHDRAWN]
        if must and not any(one.open for one in must):
            await self._cases.step(transaction, case, CaseAction.DONE, system("assignments"))

    async def _items(
        self, connection: AsyncConnection, actor: Actor, found: Sequence[Assignment]
    ) -> list[AssignedCase]:
        clocks = await store.clocks(connection, [one.assignment_id for one in found])
        known = await case_store.of_ids(connection, {one.case_id for one in found})
        jobs = await dispatch_store.of_ids(
            connection, [one.job_id for one in found if one.job_id is not None]
        )
        return [
            AssignedCase(
                one, known[one.case_id], clocks[one.assignment_id],
                self._possible(actor, one, known[one.case_id], job),
                job,
            )
            for one in found
            for job in [None if one.job_id is None else jobs.get(one.job_id)]
        ]  # fmt: skip

    def _possible(self, actor: Actor, one: Assignment, case: Case, job: Dispatch | None) -> list[WorkflowRow]:
        roles = frozenset(role.value for role in actor.roles)
        return [
            row
            for row in possible(one, self.workflow, by=actor.id, roles=roles)
            if (line := rights.assignment_right(row.action)) is not None
            and line.allows(actor)
            and case.state is not CaseState.MERGED
            and (row.action is not AssignmentAction.WITHDRAW or one.part is not DepartmentPart.HOST)
            and (row.action is not AssignmentAction.REWORK or case.state in _REWORKED)
            and (row.action is not AssignmentAction.TAKE_BACK or one.handler)
            and (row.action not in _NOT_WHILE_AT_WORK or job is None or job.ended)
        ]


_REWORKED = frozenset({CaseState.FILED, CaseState.DONE, CaseState.VERIFIED})
_OF_HANDLERS = frozenset({AssignmentAction.DELEGATE, AssignmentAction.TAKE_BACK})
_NOT_WHILE_AT_WORK = frozenset({AssignmentAction.RETURN, AssignmentAction.ANSWER})
"""What a department does about a case that is in nobody's hands any more."""


def departments_of(actor: Actor) -> frozenset[str] | None:
    """The departments that limit this person; None where nothing does. Who is of a department and of no role
    of the centre is limited to his departments, and sees nothing without one.
    """
    if actor.has(*CENTRE):
        return actor.scopes.departments or None
    return actor.scopes.departments


def is_outside(actor: Actor) -> bool:
    """Whether he works for a department alone."""
    return not actor.has(*STAFF)


def _districts_of(actor: Actor) -> frozenset[str] | None:
    return actor.scopes.districts or None if actor.has(*CENTRE) else None


def _require(actor: Actor, assignment: Assignment, case: Case) -> None:
    """Raises `NoSuchAssignment` for another department's: that it exists is no news for others."""
    mine = departments_of(actor)
    if mine is not None and assignment.department_id not in mine:
        raise NoSuchAssignment(remedy="look at the list again")
    if actor.has(*CENTRE):
        require_district(actor, case)


async def _refuse_while_at_work(connection: AsyncConnection, assignment: Assignment) -> None:
    """Raises `UnitAtWork`."""
    if assignment.job_id is None:
        return
    job = await dispatch_store.get(connection, assignment.job_id, lock=True)
    if not job.ended:
        raise UnitAtWork(
            f"{assignment.handler_name} has not ended the job",
            remedy="take the job back, or wait until the unit is done", unit=assignment.handler_name,
        )  # fmt: skip


def _words(asked: AskedAct, handler: Handler | None, assignment: Assignment) -> str:
    """What the history says: of people and units also whom."""
    if asked.action not in _OF_HANDLERS:
        return asked.text
    name = handler.name if handler is not None else assignment.handler_name
    return ": ".join(one for one in (name, asked.text.strip()) if one)


def _require_photos(asked: AskedAct, known: frozenset[UUID]) -> None:
    if not known.issuperset((*asked.photos, *asked.before)):
        raise AssignmentIncomplete("a photo is not of this case", remedy="bring it first", missing="photos")


def _require_filed(case: Case) -> None:
    if case.state is not CaseState.FILED:
        raise WrongStep(
            f"a case that is {case.state} is not handled any more",
            remedy="reopen it first", state=case.state.value,
        )  # fmt: skip


def _moved_on(assignment: Assignment) -> AssignmentMovedOn:
    return AssignmentMovedOn(
        f"{assignment.last_by} did {assignment.last_act} meanwhile",
        remedy="look at it again, then decide",
        state=assignment.state.value,
        rev=assignment.rev,
        act=assignment.last_act.value,
        by=assignment.last_by,
        by_name=assignment.last_by_name,
        at=assignment.updated_at.isoformat(),
    )
