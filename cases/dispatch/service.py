"""The use-cases of dispatches: give a case to a unit, take it back, hear what the unit says."""

from __future__ import annotations

from uuid import UUID

from cases import rights
from cases.assignments import store as assignment_store
from cases.assignments.record import AssignmentRecord
from cases.dispatch import store
from cases.dispatch.model import Dispatch, recall, relieved, report
from cases.dispatch.record import DispatchRecord
from cases.errors import NoSuchDispatch, WrongStep
from cases.events import CaseState, DispatchStep, DispatchView
from cases.life import store as case_store
from cases.life.model import Case, CaseAction
from cases.life.service import CaseService
from cases.operations import claim
from cases.ports import UnitReport
from cases.privacy import require_case
from cases.views import dispatch_view
from core.actor import Actor, Role, system
from core.ids import uuid7
from core.log import logger
from core.metrics import counter
from core.storage import Storage, Transaction

_log = logger("cases")
_reports = counter("cases_unit_reports", "Reports of units", ["result"])
MAX_UNIT_ID = 64


class DispatchService:
    def __init__(
        self,
        *,
        storage: Storage,
        cases: CaseService,
        record: DispatchRecord,
        assignments: AssignmentRecord,
    ) -> None:
        self._storage = storage
        self._cases = cases
        self._record = record
        self._assignments = assignments

    async def send(self, case_id: UUID, *, op_id: UUID, unit_id: str, actor: Actor) -> DispatchView:
        """Queue the case for the unit; the job leaves with the commit. Idempotent by `op_id`.

        Raises `WrongStep` when the case is not open for handling or the unit already has it, and
        `NotYourCase` for a confidential case that this person sees masked: the unit is told its place.
        """
        rights.DISPATCH.check(actor)
        now = self._storage.clock.now()
        new = Dispatch(
            uuid7(),
            case_id,
            unit_id,
            DispatchStep.QUEUED,
            now,
            actor.id,
            times={DispatchStep.QUEUED.value: now},
        )
        async with self._storage.write() as transaction:
            connection = transaction.connection
            earlier = await claim(transaction, op_id, "dispatch", new.dispatch_id, now)
            if earlier is not None:
                return dispatch_view(await store.get(connection, earlier))
            case = await case_store.get(connection, case_id, lock=True)
            require_case(actor, case)
            await self._record.add(transaction, case, new, actor)
            await self._record.share(transaction, case)
        return dispatch_view(new)

    async def reassign(
        self, dispatch_id: UUID, *, op_id: UUID, unit_id: str, reason: str, at_once: bool, actor: Actor
    ) -> DispatchView:
        """Give the job to another unit, in one transaction; the new dispatch. Idempotent by `op_id`.

        The unit that has it keeps it until the other one has accepted, and both are told of each other, so
        there is no time in which nobody has it, and none in which both believe that they have it alone. With
        `at_once` it is recalled in the same transaction, for a crew that cannot go on.

        Raises `WrongStep`, also for the job of a department's own unit, `ReasonMissing`, `NoSuchDispatch`,
        `NotYourCase`.
        """
        rights.DISPATCH.check(actor)
        now = self._storage.clock.now()
        new_id = uuid7()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            earlier = await claim(transaction, op_id, "reassign", new_id, now)
            if earlier is not None:
                return dispatch_view(await store.get(connection, earlier))
            case_id = (await store.get(connection, dispatch_id)).case_id
            case = await case_store.get(connection, case_id, lock=True)
            require_case(actor, case)
            held = await store.get(connection, dispatch_id, lock=True)
            _require_of_centre(held)
            taken_back = recall(held, at=now, reason=reason)  # also says whether that is possible
            new = Dispatch(
                new_id, case_id, unit_id, DispatchStep.QUEUED, now, actor.id,
                times={DispatchStep.QUEUED.value: now},
                takes_over=None if at_once else dispatch_id,
            )  # fmt: skip
            await self._record.add(transaction, case, new, actor, reason)
            if at_once:
                await self._take_back(transaction, case, taken_back, actor, reason)
            # The new one goes on reading that the other unit had it: that may not know of its recall yet.
            await self._record.share(transaction, case, but=new_id if at_once else None)
        return dispatch_view(new)

    async def recall(self, dispatch_id: UUID, *, op_id: UUID, reason: str, actor: Actor) -> DispatchView:
        """Take the job back from its unit. Raises `WrongStep` after its end, `ReasonMissing`,
        `NotYourCase`.
        """
        rights.DISPATCH.check(actor)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            if await claim(transaction, op_id, "recall", dispatch_id, now) is not None:
                return dispatch_view(await store.get(connection, dispatch_id))
            case_id = (await store.get(connection, dispatch_id)).case_id
            case = await case_store.get(connection, case_id, lock=True)
            require_case(actor, case)
            after = recall(await store.get(connection, dispatch_id, lock=True), at=now, reason=reason)
            await self._take_back(transaction, case, after, actor, reason)
            await self._record.share(transaction, case)
            await self._finish(transaction, case, after)
        return dispatch_view(after)

    async def hear(self, word: UnitReport) -> None:
        """Take in what a unit says. Copies, late steps and steps of an unknown dispatch do no harm.

        When the last unit of a case is done, the case is done, and awaits verification, unless a department
        that signed for it has to answer.
        """
        async with self._storage.write() as transaction:
            connection = transaction.connection
            if not await transaction.first_time("cases.unit", word.msg_id):
                _reports.labels("copy").inc()
                return
            try:
                case_id = (await store.get(connection, word.dispatch_id)).case_id
            except NoSuchDispatch:
                _reports.labels("unknown_dispatch").inc()
                _log.warning("unit reports an unknown dispatch", unit=word.unit_id)
                return
            case = await case_store.get(connection, case_id, lock=True)
            known = await store.get(connection, word.dispatch_id, lock=True)
            if known.unit_id != word.unit_id:
                _reports.labels("wrong_unit").inc()
                _log.warning("unit reports another unit's dispatch", unit=word.unit_id)
                return
            after, moved = report(known, word.step, at=word.at, reason=word.reason, note=word.note)
            if after == known:
                _reports.labels("nothing_new").inc()
                return
            await store.save(connection, after)
            _reports.labels("moved" if moved else "noted").inc()
            unit = Actor(id=f"unit:{word.unit_id}", name=word.unit_id, roles=frozenset({Role.UNIT}))
            if moved:
                words = word.reason or word.note
                await self._record.tell(transaction, case, after, after.step.value, unit, words)
                await self._tell_department(transaction, case, after, unit, words)
                if await self._relieve(transaction, case, after) or after.ended:
                    await self._record.share(transaction, case)
                await self._finish(transaction, case, after)

    async def _take_back(
        self, transaction: Transaction, case: Case, after: Dispatch, actor: Actor, reason: str
    ) -> None:
        await self._record.take_back(transaction, case, after, actor, reason)
        await self._tell_department(transaction, case, after, actor, reason)

    async def _tell_department(
        self, transaction: Transaction, case: Case, after: Dispatch, actor: Actor, words: str
    ) -> None:
        """Where a department sent its own unit, its assignment has each step too."""
        if after.assignment_id is None:
            return
        assignment = await assignment_store.get(transaction.connection, after.assignment_id)
        if assignment.job_id == after.dispatch_id:
            await self._assignments.tell_job(transaction, case, assignment, after, actor, words)

    async def _relieve(self, transaction: Transaction, case: Case, after: Dispatch) -> bool:
        """Take back what `after` makes unnecessary, in the transaction in which its unit has accepted it:
        whether anything was.
        """
        sent = (await store.of_cases(transaction.connection, [case.case_id]))[case.case_id]
        now = self._storage.clock.now()
        found = relieved(sent, after)
        for one in found:
            over = recall(one, at=now, reason=f"→ {after.unit_id}")
            await self._take_back(transaction, case, over, system("dispatch"), over.reason)
        return bool(found)

    async def _finish(self, transaction: Transaction, case: Case, last: Dispatch) -> None:
        """The case is done with the centre's last unit. A department that signed for it answers itself, and
        for its own unit; one that did not, or need not, is not waited for.
        """
        if not last.ended or case.state is not CaseState.FILED:
            return
        known = (await store.of_cases(transaction.connection, [case.case_id]))[case.case_id]
        sent = [one for one in known if one.assignment_id is None]
        if any(not one.ended for one in sent) or all(one.step is not DispatchStep.DONE for one in sent):
            return
        if await assignment_store.is_answer_awaited(transaction.connection, case.case_id):
            return
        await self._cases.step(transaction, case, CaseAction.DONE, system("dispatch"))


def _require_of_centre(dispatch: Dispatch) -> None:
    """A department that sent its own unit has to know who has its case."""
    if dispatch.assignment_id is not None:
        raise WrongStep(
            "a department sent its own unit",
            remedy="take the job back, or send a further unit: the department chooses among its own",
            step=dispatch.step.value,
        )
