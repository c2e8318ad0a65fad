"""Writes down what calls were about and how they ended: once each, and never on the call's own path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

from core.clock import Clock
from core.errors import Conflict
from core.metrics import counter, gauge
from core.storage import Storage, Transaction, WriteBehindQueue
from hotline.dispositions import store
from hotline.dispositions.store import Disposition
from hotline.events import CallClosed, DispositionSet

_dropped = counter("hotline_closings_dropped", "Ended calls not written down because too many waited")
_waiting = gauge("hotline_closings_waiting", "Ended calls that wait for the database")

WithinTransaction = Callable[[Transaction], Awaitable[None]]
MOST_WAITING = 20_000
"""Two hours of a mega-city's worst hour; beyond that the oldest give way (the CEL still has them)."""
OWED_SINCE = timedelta(days=1)
MOST_OWED = 1_000


class Dispositions:
    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self.closings: WriteBehindQueue[CallClosed] = WriteBehindQueue(
            self._write, what="an ended call", limit=MOST_WAITING, dropped=_dropped, waiting=_waiting
        )

    def close(self, closed: CallClosed) -> None:
        """Have an ended call written down; returns at once."""
        self.closings.add(closed)

    async def say(
        self, disposition: Disposition, within: WithinTransaction | None = None
    ) -> tuple[Disposition, bool]:
        """Keep a disposition; the second time with the same `op_id` gives the first answer and False. What
        is done `within` its transaction is kept with it or not at all.

        Raises `Conflict` if that `op_id` was used for another call, `StorageAway`, and what `within` raises.
        """
        async with self._storage.write() as transaction:
            if await store.add_disposition(transaction.connection, disposition):
                await transaction.emit(
                    DispositionSet(
                        at=disposition.at,
                        call_id=disposition.call_id,
                        op_id=disposition.op_id,
                        kind=disposition.kind,
                        agent_id=disposition.agent_id,
                        case_ids=list(disposition.case_ids),
                        note=disposition.note,
                    ),
                    stream=f"call:{disposition.call_id}",
                )
                if within is not None:
                    await within(transaction)
                return disposition, True
            known = await store.disposition_by_op(transaction.connection, disposition.op_id)
        if known is None or known.call_id != disposition.call_id:
            raise Conflict(
                "this op_id was used for another call", remedy="make a new op_id for each operation"
            )
        return known, False

    async def of_call(self, call_id: UUID) -> Disposition | None:
        async with self._storage.read() as connection:
            return await store.disposition_of(connection, call_id)

    async def agents_of(self, call_id: UUID) -> frozenset[str] | None:
        async with self._storage.read() as connection:
            return await store.agents_of_call(connection, call_id)

    async def owed(self) -> Sequence[tuple[UUID, str]]:
        """Answered calls of the last day without a disposition, each with its last agent."""
        async with self._storage.read() as connection:
            return await store.undisposed(connection, self._clock.now() - OWED_SINCE, MOST_OWED)

    async def _write(self, batch: Sequence[CallClosed]) -> None:
        async with self._storage.write() as transaction:
            for closed in batch:
                if await store.add_call(transaction.connection, closed):
                    await transaction.emit(closed, stream=f"call:{closed.call_id}")
