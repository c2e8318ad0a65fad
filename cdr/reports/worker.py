"""Recomputes the report facts of changed calls and updates the sums, one batch in each transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import update

from cdr.reports import rollup, store
from cdr.reports.projection import fact_of
from cdr.reports.sources import sources_of
from core.log import logger
from core.metrics import counter
from core.storage import Storage, StorageAway, Transaction

_log = logger("cdr")
_made = counter("cdr_facts_made", "Calls whose figures were made or made anew")
_failed = counter("cdr_facts_failures", "Calls whose figures could not be made; each is tried again, last")

BATCH = 200


class ReportFactWorker:
    """`run` follows the marks; `keep_once` does what is marked now."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def run(self, poll_s: float) -> None:
        looked = False
        while True:
            try:
                if not looked:
                    await self.find_missing()
                    looked = True
                done = await self.keep_once()
            except StorageAway:
                done = 0
            if not done:
                await asyncio.sleep(poll_s)

    async def find_missing(self) -> None:
        """Mark ended calls that have no figures: those of a version that made none."""
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            await store.mark_missing(transaction.connection, now)

    async def keep_once(self, limit: int = BATCH) -> int:
        """How many marks were dealt with. A call that fails holds up no other."""
        async with self._storage.read() as connection:
            marked = await store.marked(connection, limit)
        if not marked:
            return 0
        try:
            await self._keep(marked)
        except StorageAway:
            raise
        except Exception:  # noqa: BLE001  # each by itself then; the one to blame is logged and counted
            return await self._keep_apart(marked)
        return len(marked)

    async def _keep(self, call_ids: Sequence[UUID]) -> None:
        async with self._storage.write() as transaction:
            await keep(transaction, call_ids)
        _made.inc(len(call_ids))

    async def _keep_apart(self, call_ids: Sequence[UUID]) -> int:
        done = 0
        for call_id in call_ids:
            try:
                await self._keep([call_id])
                done += 1
            except StorageAway:
                raise
            except Exception:  # noqa: BLE001  # logged and counted; the mark stays and comes last next time
                _failed.inc()
                _log.exception("a call's figures could not be made", call_id=str(call_id))
                async with self._storage.write() as transaction:
                    await transaction.connection.execute(
                        update(store.due)
                        .where(store.due.c.call_id == call_id)
                        .values(failures=store.due.c.failures + 1)
                    )
        return done


async def keep(transaction: Transaction, call_ids: Sequence[UUID]) -> None:
    """Make the figures of these calls as the ledger stands now."""
    connection = transaction.connection
    # The marks go first: who changes a call meanwhile waits here or marks it again.
    await store.unmark(connection, call_ids)
    concerned, sources = await sources_of(connection, call_ids)
    after = {source.call_id: fact_of(source) for source in sources}
    before = await store.held(connection, list(concerned))
    delta = rollup.Delta()
    changed: list[UUID] = []
    for call_id in sorted(concerned):
        if before.get(call_id) != after.get(call_id):
            delta.replace(before.get(call_id), after.get(call_id))
            changed.append(call_id)
    if not changed:
        return
    await store.drop(connection, changed)
    await store.put(connection, [after[call_id] for call_id in changed if call_id in after])
    await rollup.apply(connection, delta)
