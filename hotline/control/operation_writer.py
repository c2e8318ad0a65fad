"""Operations written down: before a telephone rings, with a short patience; what took effect, behind the
call.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from core.clock import Clock
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway, Transaction, WriteBehindQueue
from hotline.control import store
from hotline.control.answer import Acted, ControlRequest
from hotline.control.store import StoredOperation
from hotline.events import CallActed

_dropped = counter("hotline_acts_dropped", "Acts of call control not written down because too many waited")
_waiting = gauge("hotline_acts_waiting", "Acts of call control that wait for the database")
_unwritten = counter(
    "hotline_acts_by_memory", "Telephones rung without the database, on this process's memory alone"
)

MOST_WAITING = 20_000


class OperationWriter:
    def __init__(self, storage: Storage, clock: Clock, *, patience_s: float) -> None:
        self._storage = storage
        self._clock = clock
        self._patience_s = patience_s
        self.write_behind: WriteBehindQueue[tuple[ControlRequest, Acted]] = WriteBehindQueue(
            self._write, what="an act of call control", limit=MOST_WAITING, dropped=_dropped, waiting=_waiting
        )

    async def before_ringing(self, request: ControlRequest) -> StoredOperation | None:
        """Write the operation down; what an earlier run of this process knows of it, None for a new one.

        With the database away or slow, it is done on the memory of this process alone (decision 0061). Raises
        `OperationReused`.
        """
        try:
            async with asyncio.timeout(self._patience_s), self._storage.write() as transaction:
                known = await store.begin(transaction.connection, _operation(request, self._clock))
        except (StorageAway, TimeoutError):
            _unwritten.inc()
            return None
        return known

    async def refused(self, request: ControlRequest) -> None:
        """Nothing was done. Where it cannot be struck out, it is `uncertain` when it is asked again."""
        with contextlib.suppress(StorageAway, TimeoutError):
            async with asyncio.timeout(self._patience_s), self._storage.write() as transaction:
                await store.forget(transaction.connection, request.op_id)

    def took_effect(self, request: ControlRequest, acted: Acted) -> None:
        """Have it written down; returns at once."""
        self.write_behind.add((request, acted))

    async def _write(self, batch: Sequence[tuple[ControlRequest, Acted]]) -> None:
        async with self._storage.write() as transaction:
            for request, acted in batch:
                await self._keep(transaction, request, acted)

    async def _keep(self, transaction: Transaction, request: ControlRequest, acted: Acted) -> None:
        answer = acted.model_dump(mode="json")
        operation = _operation(request, self._clock, outcome=acted.outcome, answer=answer)
        if not await store.finish(transaction.connection, operation) or acted.outcome == "not_placed":
            return
        target = request.wish.target.text if request.wish.target else request.wish.number
        await transaction.emit(
            CallActed(
                at=acted.at,
                op_id=request.op_id,
                call_id=acted.call_id,
                verb=request.verb.value,
                actor_id=request.actor_id,
                target=target,  # never the digits: they may be a card number
                leg_id=acted.leg_id,
                outcome=acted.outcome,
            ),
            stream=f"call:{acted.call_id}",
        )


def _operation(
    request: ControlRequest,
    clock: Clock,
    *,
    outcome: str | None = None,
    answer: dict[str, object] | None = None,
) -> StoredOperation:
    return StoredOperation(
        op_id=request.op_id,
        call_id=request.call_id,
        verb=request.verb.value,
        actor_id=request.actor_id,
        digest=request.digest,
        begun_at=clock.now(),
        outcome=outcome,
        answer=answer,
    )
