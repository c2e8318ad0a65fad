"""What every act on an assignment leaves behind, in one transaction: its state, its clock and the case's, the
act itself, a line in the case's log, the events, and the audit trail.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.assignments import store
from cases.assignments.clocks import (
    AssignmentClock,
    counted,
    current,
    ended,
    ends_beyond,
    follow,
    had_passed,
    replaced,
    settled,
)
from cases.assignments.model import Assignment, AssignmentAct
from cases.assignments.views import assignment_view
from cases.clocks.model import Counting, NeverDue, NoSuchSeason
from cases.deadlines.model import ClockEnd, ClockTerms, DeadlineFact
from cases.deadlines.service import CaseDeadlines
from cases.dispatch import store as dispatch_store
from cases.dispatch.model import Dispatch, recall
from cases.dispatch.record import DispatchRecord
from cases.errors import BeyondOutsideDeadline
from cases.events import AssignmentChanged, AssignmentState, CaseState, DispatchStep
from cases.life.model import Case
from cases.life.record import CLOCK, CaseRecord
from cases.responsibility.store import DepartmentPart
from cases.workflow.model import ClockEffect
from core.actor import Actor, Role
from core.audit import TransactionAudit
from core.metrics import counter
from core.storage import Transaction

_acts = counter("cases_assignment_acts", "Acts on assignments of cases to departments", ["act"])
_facts = counter("cases_assignment_deadlines", "Warnings and deadlines of assignments that passed", ["fact"])
_CENTRE = frozenset({Role.DISPATCHER, Role.SUPERVISOR})
_ENDS = {AssignmentState.WITHDRAWN: ClockEnd.WITHDRAWN}


class AssignmentRecord:
    def __init__(
        self,
        deadlines: CaseDeadlines,
        record: CaseRecord,
        dispatches: DispatchRecord,
        audit: TransactionAudit,
    ) -> None:
        self._deadlines = deadlines
        self._record = record
        self._dispatches = dispatches
        self._audit = audit

    async def begin(
        self,
        transaction: Transaction,
        case: Case,
        assignment: Assignment,
        what: AssignmentAct,
        actor: Actor,
        terms: ClockTerms | None,
        *,
        with_case: bool = False,
        quiet: bool = False,
        counts_from: datetime | None = None,
    ) -> Assignment:
        """Keep a new assignment and start its clock. `with_case`: it begins with the case, whose own clock
        has begun and whose filing stands in its log. `quiet`: the act stands in the case's log already.
        `counts_from`: when its clock has begun, if not with it.
        """
        connection = transaction.connection
        clock = self._clock(case, assignment, terms, counts_from or assignment.since)
        await store.add(connection, assignment, None if clock is None else clock.due_at)
        if clock is not None:
            await store.add_clock(connection, clock)
        facts: Sequence[DeadlineFact] = ()
        if assignment.part is DepartmentPart.HOST and not with_case:
            facts = await self._deadlines.begin_anew(connection, case, assignment.since, terms)
        await store.note(connection, assignment, what, assignment.since)
        quiet = quiet or with_case
        await self._tell(transaction, case, assignment, what, actor, case_facts=facts, with_case=quiet)
        return assignment

    async def keep(
        self,
        transaction: Transaction,
        case: Case,
        assignment: Assignment,
        effect: ClockEffect,
        what: AssignmentAct,
        actor: Actor,
        *,
        at: datetime,
        with_case: bool = False,
    ) -> None:
        """Keep what an act made of an assignment. `with_case`: it follows from an act on the case, which
        tells of itself and has moved the case's clock.
        """
        connection = transaction.connection
        due_at, facts, case_facts = await self._follow(
            connection, case, assignment, effect, at, with_case=with_case
        )
        await store.save(connection, assignment, due_at)
        await store.note(connection, assignment, what, at)
        if not assignment.open and assignment.job_id is not None:
            await self.recall_unit(transaction, case, assignment, actor, what.text.strip(), at)
        await self._tell(
            transaction,
            case,
            assignment,
            what,
            actor,
            facts=facts,
            case_facts=case_facts,
            with_case=with_case,
        )

    async def end_passed(self, connection: AsyncConnection, case: Case, at: datetime) -> None:
        """The work on a case begins anew: a deadline from outside that has passed by now counts no more."""
        await self._deadlines.end_passed(connection, case, at)

    async def look(self, transaction: Transaction, case: Case, assignment: Assignment, now: datetime) -> int:
        """Find what has become true of the running clock by now, and tell it; how many facts."""
        clock = _running((await store.clocks(transaction.connection, [assignment.assignment_id])), assignment)
        if clock is None:
            return 0
        after, facts = settled(clock, now)
        if facts:
            await store.save_clock(transaction.connection, after)
            await self.tell_facts(transaction, case, assignment, facts)
        return len(facts)

    async def renew(
        self, connection: AsyncConnection, case: Case, assignment: Assignment, now: datetime, *, write: bool
    ) -> tuple[AssignmentClock | None, AssignmentClock | None, Sequence[DeadlineFact]]:
        """Count the running clock anew by the rules as they are: the clock before and after, and what was
        found. Its pauses and what was granted stay. Without `write` nothing is changed.
        """
        known = await store.clocks(connection, [assignment.assignment_id])
        clock = _running(known, assignment)
        start = assignment.since if clock is None else clock.started_at
        terms = await self._deadlines.fresh_terms(connection, case, start)
        after = self._clock(case, assignment, terms, start)
        if clock is not None and after is not None:
            after = replace(
                clock, limit_text=after.limit_text, condition_zh=after.condition_zh,
                condition_en=after.condition_en, counting=after.counting, season=after.season,
                limit_h=after.limit_h, area_class=after.area_class, outside_due_at=after.outside_due_at,
                outside_by=after.outside_by, outside_reference=after.outside_reference,
            )  # fmt: skip
            after = counted(after, self._deadlines.calendar, self._deadlines.warn_after)
        if after == clock or not write:
            return clock, after, ()
        facts: Sequence[DeadlineFact] = ()
        if clock is not None:
            former, after, facts = replaced(clock, after, now)
            await store.save_clock(connection, former)
        if after is not None:
            await store.add_clock(connection, after)
        if clock is not None and assignment.part is DepartmentPart.HOST and is_own(clock):
            facts_of_case = await self._go_on_by(connection, case, after, now)
            facts = [*facts, *(one for one in facts_of_case if one not in facts)]
        await store.save(connection, assignment, None if after is None else after.due_at)
        return clock, after, facts

    async def _go_on_by(
        self, connection: AsyncConnection, case: Case, clock: AssignmentClock | None, now: datetime
    ) -> Sequence[DeadlineFact]:
        """The case counts to the times of its host's clock, and stands still without any. A deadline from
        outside goes on. By one that had passed when the host began the case is late, and the host is not.
        """
        if clock is None:
            return await self._deadlines.pause(connection, case, now)
        warn_at, due_at = clock.warn_at, clock.due_at
        if had_passed(clock.outside_due_at, clock.started_at):
            warn_at = due_at = clock.outside_due_at
        if due_at is None or warn_at is None:
            return await self._deadlines.pause(connection, case, now)
        return await self._deadlines.go_on(
            connection, case, now, warn_at=warn_at, due_at=due_at, limit_text=clock.limit_text,
            condition_zh=clock.condition_zh, condition_en=clock.condition_en,
            area_class=clock.area_class,
            outside_due_at=clock.outside_due_at, outside_by=clock.outside_by,
            outside_reference=clock.outside_reference,
        )  # fmt: skip

    async def require_in_time(
        self, connection: AsyncConnection, assignment: Assignment, hours: float, now: datetime
    ) -> None:
        """Raises `BeyondOutsideDeadline` where so many more hours would end after a deadline from outside."""
        known = await store.clocks(connection, [assignment.assignment_id])
        clock = _running(known, assignment)
        if clock is None or clock.latest_at is None:
            return
        if ends_beyond(clock, hours, now, self._deadlines.calendar):
            raise BeyondOutsideDeadline(
                "the work is due by a deadline from outside, which nobody here moves",
                remedy="ask for less, or agree on another date with who set it",
                due_at=clock.latest_at.isoformat(), set_by=clock.outside_by,
                reference=clock.outside_reference,
            )  # fmt: skip

    async def _follow(
        self,
        connection: AsyncConnection,
        case: Case,
        assignment: Assignment,
        effect: ClockEffect,
        at: datetime,
        *,
        with_case: bool,
    ) -> tuple[datetime | None, Sequence[DeadlineFact], Sequence[DeadlineFact]]:
        """The deadline of the running clock, and what was found of it and of the case's clock."""
        known = await store.clocks(connection, [assignment.assignment_id])
        clock = _running(known, assignment)
        if effect in {ClockEffect.RESTART, ClockEffect.START}:
            facts: Sequence[DeadlineFact] = ()
            if clock is not None:
                former, facts = ended(clock, ClockEnd.REPLACED, at)
                await store.save_clock(connection, former)
            terms = await self._deadlines.fresh_terms(connection, case, at)
            begun = self._clock(case, assignment, terms, at)
            if begun is not None:
                await store.add_clock(connection, begun)
            return None if begun is None else begun.due_at, facts, ()
        if clock is None:
            return None, (), ()
        hours = (assignment.asked_h or 0.0) if effect is ClockEffect.EXTEND else 0.0
        how = _ENDS.get(assignment.state, ClockEnd.DONE)
        change = follow(
            clock, effect, at, self._deadlines.calendar,
            warn_after=self._deadlines.warn_after, hours=hours, how=how,
        )  # fmt: skip
        await store.save_clock(connection, change.clock)
        if change.further is not None:
            await store.add_clock(connection, change.further)
        counts = change.counts
        case_facts: Sequence[DeadlineFact] = ()
        if assignment.part is DepartmentPart.HOST and case.state is CaseState.FILED and not with_case:
            case_facts = await self._follow_on_case(connection, case, counts, effect, at)
        return counts.due_at if counts.stopped_at is None else None, change.facts, case_facts

    async def _follow_on_case(
        self,
        connection: AsyncConnection,
        case: Case,
        clock: AssignmentClock,
        effect: ClockEffect,
        at: datetime,
    ) -> Sequence[DeadlineFact]:
        """The case shows the time of its host: it pauses with it and is lengthened with it. A deadline from
        outside goes on through the pause.
        """
        if effect in {ClockEffect.PAUSE, ClockEffect.RESUME, ClockEffect.EXTEND}:
            return await self._go_on_by(connection, case, clock, at)
        return ()

    def _clock(
        self, case: Case, assignment: Assignment, terms: ClockTerms | None, at: datetime
    ) -> AssignmentClock | None:
        """A clock that starts then; None for a class without a limit and without a deadline from outside that
        is still to come.
        """
        limit = None if terms is None else self._deadlines.time_limit(case.category, terms)
        if terms is None:
            return None
        clock = AssignmentClock(
            assignment.assignment_id, case.case_id, at, terms.limit_text, terms.condition_zh,
            terms.condition_en, Counting.NATURAL, "", 0.0, area_class=terms.area_class,
            outside_due_at=terms.outside_due_at, outside_by=terms.outside_by,
            outside_reference=terms.outside_reference,
        )  # fmt: skip
        if limit is not None:
            hours = limit.lasts.total_seconds() / 3600
            limited = replace(clock, counting=limit.counting, season=limit.season, limit_h=hours)
            with suppress(NeverDue, NoSuchSeason):
                return counted(limited, self._deadlines.calendar, self._deadlines.warn_after)
        if clock.latest_at is None:
            return None
        return counted(clock, self._deadlines.calendar, self._deadlines.warn_after)

    async def _tell(
        self,
        transaction: Transaction,
        case: Case,
        assignment: Assignment,
        what: AssignmentAct,
        actor: Actor,
        *,
        facts: Sequence[DeadlineFact] = (),
        case_facts: Sequence[DeadlineFact] = (),
        with_case: bool,
    ) -> None:
        await self.tell_facts(transaction, case, assignment, facts)
        await self._record.tell_facts(transaction, case, case_facts)
        if not with_case:
            words = f"{assignment.name_zh}: {what.text.strip()}" if what.text.strip() else assignment.name_zh
            await self._record.tell(transaction, case, f"assignment_{what.action.value}", actor, words)
        await self._emit(transaction, case, assignment, what.action.value, actor, what.text.strip())
        detail: dict[str, Any] = {
            "assignment": str(assignment.assignment_id),
            "department": assignment.department_id,
            "state": assignment.state.value,
        }
        if assignment.rev > 1 or not with_case:
            await self._audit.record_in(
                transaction, actor, f"assignment-{what.action.value}", f"case:{case.number}", detail
            )
        _acts.labels(what.action.value).inc()

    async def send_unit(
        self, transaction: Transaction, case: Case, assignment: Assignment, actor: Actor, at: datetime
    ) -> None:
        """Give the case to the unit of a department that has just been chosen. Raises `WrongStep` where the
        unit has it already.
        """
        assert assignment.job_id is not None
        queued = DispatchStep.QUEUED
        job = Dispatch(
            assignment.job_id, case.case_id, assignment.handler, queued, at, actor.id,
            times={queued.value: at}, assignment_id=assignment.assignment_id,
        )  # fmt: skip
        await self._dispatches.add(transaction, case, job, actor)
        await self._dispatches.share(transaction, case)

    async def recall_unit(
        self,
        transaction: Transaction,
        case: Case,
        assignment: Assignment,
        actor: Actor,
        reason: str,
        at: datetime,
    ) -> None:
        """Take the job back from a department's unit, unless it has ended. Where nobody says why, the unit
        reads whose job it was.
        """
        assert assignment.job_id is not None
        job = await dispatch_store.get(transaction.connection, assignment.job_id, lock=True)
        if not job.ended:
            after = recall(job, at=at, reason=reason or f"← {assignment.name_zh}")
            await self._dispatches.take_back(transaction, case, after, actor, after.reason)
            await self._dispatches.share(transaction, case)

    async def tell_job(
        self,
        transaction: Transaction,
        case: Case,
        assignment: Assignment,
        job: Dispatch,
        actor: Actor,
        words: str,
    ) -> None:
        """Tell a department what its unit reports. State and revision stay; the case's log has it already."""
        act = f"job_{job.step.value}"
        await store.note_line(transaction.connection, assignment, act, actor, words, job.at)
        await self._emit(transaction, case, assignment, act, actor, words)

    async def tell_merge(
        self,
        transaction: Transaction,
        case: Case,
        assignment: Assignment,
        what: str,
        actor: Actor,
        at: datetime,
        words: str,
    ) -> None:
        """Tell a department that its case was merged, or that this was undone: no act of the table, so state
        and revision stay. The case's own log and audit have it.
        """
        await store.note_line(transaction.connection, assignment, what, actor, words, at)
        await self._emit(transaction, case, assignment, what, actor, words)

    async def tell_facts(
        self, transaction: Transaction, case: Case, assignment: Assignment, facts: Sequence[DeadlineFact]
    ) -> None:
        """Tell what was found of the clock."""
        for fact in facts:
            await self._emit(transaction, case, assignment, f"deadline_{fact.value}", CLOCK, "")
            _facts.labels(fact.value).inc()

    async def _emit(
        self, transaction: Transaction, case: Case, assignment: Assignment, act: str, actor: Actor, text: str
    ) -> None:
        known = await store.clocks(transaction.connection, [assignment.assignment_id])
        await transaction.emit(
            AssignmentChanged(
                confidential=case.confidential,
                assignment=assignment_view(assignment, case.number, known[assignment.assignment_id]),
                act=act, actor=actor.id, text=text, district=case.district,
                by_department=Role.DEPARTMENT in actor.roles and not actor.roles & _CENTRE,
            ),
            stream=f"case:{case.case_id}",
        )  # fmt: skip


def _running(known: dict[Any, list[AssignmentClock]], assignment: Assignment) -> AssignmentClock | None:
    clock = current(known[assignment.assignment_id])
    return clock if clock is not None and clock.stopped_at is None else None


def is_own(clock: AssignmentClock) -> bool:
    """Whether it was paused or lengthened, so that it counts otherwise than its case would."""
    return bool(clock.pauses) or clock.extended_h > 0
