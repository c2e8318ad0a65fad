"""Counts the clocks of a case that is being handled anew: its own and those of its departments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.assignments.following import CaseAssignments
from cases.deadlines.model import DeadlineFact
from cases.deadlines.service import CaseDeadlines
from cases.life.model import Case


class CountedTo(Protocol):
    """Terms of a case's clock, or the clock of its host department."""

    @property
    def limit_text(self) -> str: ...

    @property
    def due_at(self) -> datetime | None: ...


class CaseRecount:
    def __init__(self, deadlines: CaseDeadlines, assignments: CaseAssignments) -> None:
        self._deadlines = deadlines
        self._assignments = assignments

    async def run(
        self, connection: AsyncConnection, case: Case, now: datetime, *, write: bool
    ) -> tuple[CountedTo | None, CountedTo | None, Sequence[DeadlineFact]]:
        """What counted, what counts instead, and what was found. Without `write` nothing is changed."""
        # A clock that was paused or lengthened counts for its department, and the case shows its time.
        if await self._assignments.has_own_time(connection, case):
            return await self._assignments.renew(connection, case, now, write=write)
        before, after, facts = await self._deadlines.renew(connection, case, now, write=write)
        await self._assignments.renew(connection, case, now, write=write)
        return before, after, facts
