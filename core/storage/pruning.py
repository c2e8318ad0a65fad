"""Deletes rows that outbox and inbox no longer need: a bounded number in each transaction, with a pause after
it, so that other transactions do not wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import delete, select, tuple_

from core.metrics import counter
from core.storage.outbox import OutboxRelay
from core.storage.schema import inbox
from core.storage.settings import StorageSettings
from core.storage.unit_of_work import Storage, StorageAway

_pruned = counter("inbox_pruned", "Ids of messages that were forgotten: they came long ago")

FIRST_S = 30.0
EVERY_S = 600.0
PAUSE_S = 0.5
BATCH = 1_000


class Pruning:
    """Each role forgets what it relayed itself, and old ids of the inbox, which all roles share. What was not
    delivered stays for ever.
    """

    def __init__(self, storage: Storage, settings: StorageSettings, relays: Sequence[OutboxRelay]) -> None:
        self._storage = storage
        self._outbox_kept = timedelta(days=settings.outbox_days)
        self._inbox_kept = timedelta(days=settings.inbox_days)
        self._relays = relays

    async def run(self) -> None:
        """Prune until cancelled."""
        await asyncio.sleep(FIRST_S)
        while True:
            with suppress(StorageAway):  # what is old now is old in the next pass
                await self.prune()
            await asyncio.sleep(EVERY_S)

    async def prune(self) -> int:
        """All that is old enough; how many rows went. Raises `StorageAway`."""
        now = self._storage.clock.now()
        total = 0
        for relay in self._relays:
            while gone := await relay.prune(now - self._outbox_kept, BATCH):
                total += gone
                await asyncio.sleep(PAUSE_S)
        while gone := await self._prune_inbox(now - self._inbox_kept):
            total += gone
            await asyncio.sleep(PAUSE_S)
        return total

    async def _prune_inbox(self, before: datetime) -> int:
        old = select(inbox.c.source, inbox.c.msg_id).where(inbox.c.at < before)
        oldest = old.order_by(inbox.c.at).limit(BATCH)
        async with self._storage.write() as transaction:
            gone = await transaction.connection.execute(
                delete(inbox).where(tuple_(inbox.c.source, inbox.c.msg_id).in_(oldest))
            )
        _pruned.inc(gone.rowcount)
        return gone.rowcount
