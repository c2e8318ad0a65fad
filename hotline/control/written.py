"""Operations written down: before a telephone rings, with a short patience; what took effect, behind the
call.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

from core.clock import Clock
from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway
from hotline.control import store
from hotline.control.answer import Acted, Request
from hotline.control.errors import OperationReused
from hotline.control.store import Operation
from hotline.events import CallActed

_log = logger("hotline")
_dropped = counter("hotline_acts_dropped", "Acts of call control not written down because too many waited")
_waiting = gauge("hotline_acts_waiting", "Acts of call control that wait for the database")
_unwritten = counter(
    "hotline_acts_by_memory", "Telephones rung without the database, on this process's memory alone"
)

MOST_WAITING = 20_000
RETRY_S = 1.0


class Written:
    def __init__(self, storage: Storage, clock: Clock, *, patience_s: float) -> None:
        self._storage = storage
        self._clock = clock
        self._patience_s = patience_s
        self._acts: deque[tuple[Request, Acted]] = deque()
        self._arrived = asyncio.Event()

    async def before_ringing(self, request: Request) -> Operation | None:
        """Write the operation down; what an earlier run of this process knows of it, None for a new one.

        With the database away or slow, it is done on the memory of this process alone (decision 0061).
        """
        try:
            async with asyncio.timeout(self._patience_s), self._storage.write() as transaction:
                known = await store.begin(transaction.connection, _operation(request, self._clock))
        except (StorageAway, TimeoutError):
            _unwritten.inc()
            return None
        if known is not None and known.digest != request.digest:
            raise OperationReused(remedy="make a new op_id for each operation")
        return known

    async def refused(self, request: Request) -> None:
        """Nothing was done. Where it cannot be struck out, it is `uncertain` when it is asked again."""
        with contextlib.suppress(StorageAway, TimeoutError):
            async with asyncio.timeout(self._patience_s), self._storage.write() as transaction:
                await store.forget(transaction.connection, request.op_id)

    def took_effect(self, request: Request, acted: Acted) -> None:
        """Have it written down; returns at once."""
        if len(self._acts) >= MOST_WAITING:
            self._acts.popleft()
            _dropped.inc()
        self._acts.append((request, acted))
        _waiting.set(len(self._acts))
        self._arrived.set()

    async def write(self) -> None:
        """Write what is to be written until cancelled; a database that is away is waited for."""
        while True:
            self._arrived.clear()
            while self._acts:
                first = self._acts[0]
                try:
                    await self._write(*first)
                except StorageAway:
                    await asyncio.sleep(RETRY_S)
                    continue
                except Exception:  # noqa: BLE001  # one act that cannot be written must not stop the others
                    _dropped.inc()
                    _log.exception("an act of call control was not written down", op_id=str(first[0].op_id))
                if self._acts and self._acts[0] is first:
                    self._acts.popleft()
                _waiting.set(len(self._acts))
            await self._arrived.wait()

    async def _write(self, request: Request, acted: Acted) -> None:
        answer = acted.model_dump(mode="json")
        operation = _operation(request, self._clock, outcome=acted.outcome, answer=answer)
        async with self._storage.write() as transaction:
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
    request: Request, clock: Clock, *, outcome: str | None = None, answer: dict[str, object] | None = None
) -> Operation:
    return Operation(
        op_id=request.op_id,
        call_id=request.call_id,
        verb=request.verb.value,
        actor_id=request.actor_id,
        digest=request.digest,
        begun_at=clock.now(),
        outcome=outcome,
        answer=answer,
    )
