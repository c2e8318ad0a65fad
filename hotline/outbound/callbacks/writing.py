"""Writes down what becomes of callbacks: in order, behind what happens, each step with its event in one
transaction. Only an acceptance waits for its own line, because what may ring is written down before it is
sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from core.clock import Clock
from core.metrics import counter, gauge
from core.storage import Behind, Storage, Transaction
from hotline.events import CallbackChanged
from hotline.outbound.callbacks import store
from hotline.outbound.callbacks.signals import Keep
from hotline.outbound.callbacks.view import moment, view

_dropped = counter("hotline_callback_lines_dropped", "Steps of callbacks that were not written down")
_waiting = gauge("hotline_callback_lines_waiting", "Steps of callbacks that wait for the database")

MOST_WAITING = 20_000


@dataclass(frozen=True, slots=True)
class Operation:
    op_id: UUID
    callback_id: UUID
    verb: str
    by: str


@dataclass(slots=True, eq=False)
class CallbackLine:
    """What one signal led to. `written` is set when it is committed; `dropped` lines are passed over."""

    keeps: tuple[Keep, ...]
    at: float
    operation: Operation | None = None
    written: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False


class CallbackWriter:
    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        # One at a time: an acceptance waits for its own line. Where the oldest gives way, a later one holds
        # its callback as a whole.
        self.behind: Behind[CallbackLine] = Behind(
            self._write_each, what="a callback's step", limit=MOST_WAITING, dropped=_dropped,
            waiting=_waiting, at_once=1, gives_way=_pass_over, sleep=clock.sleep,
        )  # fmt: skip

    def add(self, line: CallbackLine) -> None:
        """Have it written; returns at once."""
        self.behind.add(line)

    async def written(self, line: CallbackLine, *, within_s: float) -> bool:
        """Whether it is committed. When not, it will not be, unless that had begun already."""
        try:
            async with asyncio.timeout(within_s):
                await line.written.wait()
        except TimeoutError:
            _pass_over(line)
        return line.written.is_set()

    async def _write_each(self, lines: Sequence[CallbackLine]) -> None:
        for line in lines:
            if not line.dropped:
                await self._write(line)
                line.written.set()

    async def _write(self, line: CallbackLine) -> None:
        at = moment(line.at)
        async with self._storage.write() as transaction:
            done = line.operation
            if done is not None and not await store.add_operation(
                transaction.connection, done.op_id, done.callback_id, done.verb, done.by, at
            ):
                # Another process of ours has carried it out: its own line says what came of it.
                return
            for keep in line.keeps:
                await store.put(transaction.connection, keep.entry, at)
                if keep.step in {"requested", "merged"}:
                    await store.remember_calls(transaction.connection, keep.entry, at)
                await self._emit(transaction, keep, line.at)

    @staticmethod
    async def _emit(transaction: Transaction, keep: Keep, at: float) -> None:
        entry = keep.entry
        event = CallbackChanged(
            at=moment(at),
            callback_id=entry.id,
            rev=entry.rev,
            step=keep.step,
            by=keep.by,
            callback=view(entry),
        )
        await transaction.emit(event, stream=f"callback:{entry.id}")


def _pass_over(line: CallbackLine) -> None:
    line.dropped = True
