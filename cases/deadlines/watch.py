"""Finds what has become true of running clocks, within a second or two of its time.

One pass is one question to an index that holds running clocks alone. What came true while nobody watched is
found by the first pass; each clock is read again under its case's lock, so two processes find nothing twice.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

from cases.deadlines import store
from cases.deadlines.service import CaseDeadlines
from cases.life import store as case_store
from cases.life.record import CaseRecord
from core.log import logger
from core.metrics import histogram
from core.storage import Storage, StorageAway, StorageBusy

PASS_S: Final = 1.0
AT_ONCE: Final = 20
"""Cases of one transaction: others write between two."""
LEFT_S: Final = 60.0
"""A case that failed is tried again after this."""
_log = logger("cases")
_late = histogram(
    "cases_deadline_found_seconds",
    "From the time of a warning or deadline until it is found",
    (0.5, 1, 2, 5, 60, 3600),
)


class DeadlineWatch:
    def __init__(self, storage: Storage, deadlines: CaseDeadlines, record: CaseRecord) -> None:
        self._storage = storage
        self._deadlines = deadlines
        self._record = record
        self._failed: dict[UUID, float] = {}
        """Until when these cases are left alone, in monotonic seconds."""

    async def run(self) -> None:
        """Look once a second until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(PASS_S)

    async def look(self) -> int:
        """Find all that is due, and emit it; of how many cases. Raises `StorageAway`."""
        total = 0
        at = self._storage.clock.monotonic()
        self._failed = {case_id: until for case_id, until in self._failed.items() if at < until}
        while True:
            now = self._storage.clock.now()
            async with self._storage.read() as connection:
                late = await store.due(connection, now, AT_ONCE + len(self._failed))
            found = [one for one in late if one[0] not in self._failed][:AT_ONCE]
            total += await self._find(found)
            if len(found) < AT_ONCE:
                return total

    async def _find(self, found: list[tuple[UUID, datetime]]) -> int:
        """In one transaction, else each alone: a case that fails holds up no other. How many did not fail."""
        if not found:
            return 0
        try:
            await self._find_together(found)
        except Exception as error:  # logged; the other cases have their warnings
            if isinstance(error, StorageAway) and not isinstance(error, StorageBusy):
                raise
            if len(found) > 1:
                return sum([await self._find([one]) for one in found])
            [(case_id, _)] = found
            _log.error("a case's clock cannot be looked at", case=str(case_id), error=repr(error)[:300])
            self._failed[case_id] = self._storage.clock.monotonic() + LEFT_S
            return 0
        return len(found)

    async def _find_together(self, found: list[tuple[UUID, datetime]]) -> None:
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            # In one order everywhere: nobody waits in a circle.
            for case_id, due_at in sorted(found):
                case = await case_store.get(transaction.connection, case_id, lock=True)
                facts = await self._deadlines.look(transaction.connection, case, now)
                await self._record.tell_facts(transaction, case, facts)
                if facts:
                    _late.observe((now - due_at).total_seconds())
