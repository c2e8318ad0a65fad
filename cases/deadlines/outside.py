"""Deadlines that somebody outside sets: 12345 with a work order, a superior with an order. Of limit and
deadline the strictest counts, and the case's log says which.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.assignments.clocks import AssignmentClock, counted
from cases.deadlines import outside_store, store
from cases.deadlines.model import CaseClock, DeadlineSetter, OutsideDeadline
from cases.deadlines.recount import CaseRecount, CountedTo
from cases.deadlines.service import CaseDeadlines
from cases.events import CaseState
from cases.life import store as case_store
from cases.life.model import Case
from cases.life.record import CLOCK, CaseRecord
from core.storage import Transaction

ACT: Final = "outside-deadline"
"""How the case's log calls it."""
_WHOSE: Final = {DeadlineSetter.ORDER: "12345工单 12345", DeadlineSetter.SUPERIOR: "上级督办 superior"}


def words_of(outside: OutsideDeadline, limit_due_at: datetime | None, *, decides_itself: bool) -> str:
    """As the log has it: whose deadline, by what number, when, and which one decides. `limit_due_at` is None
    where the limit has no time: without one, or while its clock stands still.
    """
    who = " ".join(one for one in (_WHOSE[outside.set_by], outside.reference) if one)
    limit = "—" if limit_due_at is None else _moment(limit_due_at)
    decides = who if decides_itself else "类别时限 the class's limit"
    return (
        f"{who}: 要求 due {_moment(outside.due_at)}; 类别时限 limit {limit}; "
        f"以较早者为准 the earlier one decides: {decides}"
    )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="minutes")


class OutsideDeadlines:
    """Every method is part of a transaction that holds the case's row."""

    def __init__(self, deadlines: CaseDeadlines, recount: CaseRecount, record: CaseRecord) -> None:
        self._deadlines = deadlines
        self._recount = recount
        self._record = record

    async def note(self, connection: AsyncConnection, case: Case) -> None:
        """Say in the log of a case that was just filed which deadline decides; nothing without one from
        outside.
        """
        if case.state is not CaseState.FILED:
            return
        outside = await outside_store.strictest_of(connection, case.case_id)
        if outside is None:
            return
        limit = await self._deadlines.limit_of(connection, case, case.filed_at)
        limit_due_at = None if limit is None else limit.due_at
        is_stricter = limit_due_at is None or outside.due_at <= limit_due_at
        words = words_of(outside, limit_due_at, decides_itself=is_stricter)
        await case_store.log(
            connection, case.case_id, at=case.filed_at, actor=CLOCK.id, act=ACT, reason=words
        )

    async def set(
        self, transaction: Transaction, case: Case, outside: OutsideDeadline, now: datetime
    ) -> None:
        """Set one for a case that is filed already: its clocks count to it from now on."""
        await outside_store.add(transaction.connection, outside, now, case_id=case.case_id)
        await self._follow(transaction, case, now)

    async def share(self, transaction: Transaction, case_id: UUID, survivor: Case, now: datetime) -> None:
        """A case was merged into the survivor, or is no longer: what was set for it counts there, or not."""
        if await outside_store.strictest_of(transaction.connection, case_id) is not None:
            await self._follow(transaction, survivor, now)

    async def go_alone(self, transaction: Transaction, case: Case, now: datetime) -> None:
        """The case is merged no longer: what was set meanwhile, or for cases that were merged into it then,
        may count otherwise.
        """
        connection = transaction.connection
        clock = await store.running(connection, case.case_id)
        outside = await outside_store.strictest_of(connection, case.case_id)
        counted_to = None if clock is None else clock.terms.outside_due_at
        if counted_to != (None if outside is None else outside.due_at):
            await self._follow(transaction, case, now)

    async def _limit_due_at(
        self, connection: AsyncConnection, case: Case, after: CountedTo | None, clock: CaseClock | None
    ) -> datetime | None:
        """When the limit alone would end, by the clock that counts now."""
        if isinstance(after, AssignmentClock):
            alone = replace(after, outside_due_at=None)
            return counted(alone, self._deadlines.calendar, self._deadlines.warn_after).due_at
        start = case.filed_at if clock is None else clock.started_at
        limit = await self._deadlines.limit_of(connection, case, start)
        return None if limit is None else limit.due_at

    async def _follow(self, transaction: Transaction, case: Case, now: datetime) -> None:
        """What counts for the case from outside has changed: its clocks are counted anew."""
        connection = transaction.connection
        if case.state is not CaseState.FILED:
            return
        before, after, facts = await self._recount.run(connection, case, now, write=True)
        await self._record.tell_facts(transaction, case, facts)
        outside = await outside_store.strictest_of(connection, case.case_id)
        if outside is None:
            words = "不再有外部时限 no deadline from outside any more"
        else:
            clock = await store.running(connection, case.case_id)
            limit_due_at = await self._limit_due_at(connection, case, after, clock)
            decides = clock is not None and clock.terms.decided_by is not DeadlineSetter.LIMIT
            words = words_of(outside, limit_due_at, decides_itself=decides)
        if before != after:
            await self._record.tell(transaction, case, ACT, CLOCK, words)
