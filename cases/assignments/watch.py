"""Finds what has become true of the clocks of assignments, as `cases.deadlines.watch` does for cases.

One pass is one question to an index that holds running clocks alone; each clock is read again under its
case's lock, so two processes find nothing twice.
"""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from cases.assignments import store
from cases.assignments.record import AssignmentRecord
from cases.life import store as case_store
from core.log import logger
from core.storage import Storage, StorageAway, StorageBusy

PASS_S: Final = 1.0
AT_ONCE: Final = 20
LEFT_S: Final = 60.0
"""A clock that failed, or of which nothing was found, is looked at again after this."""
_log = logger("cases")


class AssignmentWatch:
    def __init__(self, storage: Storage, record: AssignmentRecord) -> None:
        self._storage = storage
        self._record = record
        self._failed: dict[UUID, float] = {}
        """Until when these assignments are left alone, in monotonic seconds."""

    async def run(self) -> None:
        """Look once a second until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(PASS_S)

    async def look(self) -> int:
        """Find all that is due, and emit it; how many facts. Raises `StorageAway`."""
        total = 0
        at = self._storage.clock.monotonic()
        self._failed = {one: until for one, until in self._failed.items() if at < until}
        while True:
            now = self._storage.clock.now()
            async with self._storage.read() as connection:
                late = await store.due(connection, now, AT_ONCE + len(self._failed))
            found = [one for one in late if one[1] not in self._failed][:AT_ONCE]
            for case_id, assignment_id in found:
                total += await self._find(case_id, assignment_id)
            if len(found) < AT_ONCE:
                return total

    async def _find(self, case_id: UUID, assignment_id: UUID) -> int:
        try:
            async with self._storage.write() as transaction:
                connection = transaction.connection
                case = await case_store.get(connection, case_id, lock=True)
                assignment = await store.get(connection, assignment_id)
                facts = await self._record.look(transaction, case, assignment, self._storage.clock.now())
        except Exception as error:  # logged; the other departments have their warnings
            if isinstance(error, StorageAway) and not isinstance(error, StorageBusy):
                raise
            _log.error("an assignment's clock cannot be looked at", error=repr(error)[:300])
            self._leave(assignment_id)
            return 0
        if not facts:
            # Another process has found it, or the clock is not the one that counts: it would be due for ever.
            self._leave(assignment_id)
        return facts

    def _leave(self, assignment_id: UUID) -> None:
        self._failed[assignment_id] = self._storage.clock.monotonic() + LEFT_S
