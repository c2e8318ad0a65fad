"""Deadlines that somebody outside sets: 12345 with a work order, a superior with an order. Of limit and
deadline the strictest counts, and the case's log says which.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.deadlines import outside_store
from cases.deadlines.model import DeadlineSetter, OutsideDeadline
from cases.deadlines.recount import CaseRecount
from cases.deadlines.service import CaseDeadlines
from cases.events import CaseState
from cases.life import store as case_store
from cases.life.model import Case
from cases.life.record import CLOCK, CaseRecord
from core.storage import Transaction

ACT: Final = "outside-deadline"
"""How the case's log calls it."""
_WHOSE: Final = {DeadlineSetter.ORDER: "12345工单 12345", DeadlineSetter.SUPERIOR: "上级督办 superior"}


def words_of(outside: OutsideDeadline, limit_due_at: datetime | None) -> str:
    """As the log has it: whose deadline, by what number, when, and which one decides."""
    who = " ".join(one for one in (_WHOSE[outside.set_by], outside.reference) if one)
    limit = "—" if limit_due_at is None else _moment(limit_due_at)
    is_stricter = limit_due_at is None or outside.due_at <= limit_due_at
    decides = who if is_stricter else "类别时限 the class's limit"
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
        words = words_of(outside, None if limit is None else limit.due_at)
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
            limit = await self._deadlines.limit_of(connection, case, case.filed_at)
            words = words_of(outside, None if limit is None else limit.due_at)
        if before != after:
            await self._record.tell(transaction, case, ACT, CLOCK, words)
