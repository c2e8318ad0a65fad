"""Assignments of a case that is merged: their clocks stand still until that is undone, and then run on from
the same start to the same deadline, pauses and extensions included.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cases.assignments import store
from cases.assignments.clocks import current, halted, unhalted
from cases.assignments.record import AssignmentRecord
from cases.deadlines.model import ClockEnd
from cases.life.model import Case
from core.actor import Actor
from core.storage import Transaction

MERGE: Final = "merge"
UNMERGE: Final = "unmerge"
"""How the acts on an assignment call the two."""


class AssignmentHalt:
    """Every method is part of a transaction that holds the case's row."""

    def __init__(self, record: AssignmentRecord) -> None:
        self._record = record

    async def halt(
        self, transaction: Transaction, case: Case, actor: Actor, now: datetime, words: str
    ) -> None:
        """Stop the clocks of the case's assignments, and tell the departments why. What has become true until
        now counts.
        """
        connection = transaction.connection
        held = await store.of_case(connection, case.case_id)
        known = await store.clocks(connection, [one.assignment_id for one in held])
        for one in held:
            clock = current(known[one.assignment_id])
            if clock is not None and clock.stopped_at is None:
                after, facts = halted(clock, now)
                await store.save_clock(connection, after)
                await store.save(connection, one, None)
                await self._record.tell_facts(transaction, case, one, facts)
            if one.open:
                await self._record.tell_merge(transaction, case, one, MERGE, actor, now, words)

    async def resume(
        self, transaction: Transaction, case: Case, actor: Actor, now: datetime, words: str
    ) -> None:
        """Let the clocks that `halt` stopped run on, and tell the departments."""
        connection = transaction.connection
        held = await store.of_case(connection, case.case_id)
        known = await store.clocks(connection, [one.assignment_id for one in held])
        for one in held:
            clock = current(known[one.assignment_id])
            if clock is not None and clock.ended is ClockEnd.MERGED:
                after = unhalted(clock)
                await store.save_clock(connection, after)
                await store.save(connection, one, after.due_at)
            if one.open:
                await self._record.tell_merge(transaction, case, one, UNMERGE, actor, now, words)
