"""Writes down what becomes of callbacks: in order, behind what happens, each step with its event in one
transaction. Only an acceptance waits for its own line, because what may ring is written down before it is
sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from uuid import UUID

from core.clock import Clock
from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway, Transaction
from hotline.callbacks import store
from hotline.callbacks.signals import Keep
from hotline.callbacks.view import moment, view
from hotline.events import CallbackChanged

_log = logger("hotline")
_dropped = counter("hotline_callback_lines_dropped", "Steps of callbacks that were not written down")
_waiting = gauge("hotline_callback_lines_waiting", "Steps of callbacks that wait for the database")

MOST_WAITING = 20_000
RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class Operation:
    op_id: UUID
    callback_id: UUID
    verb: str
    by: str


@dataclass(slots=True, eq=False)
class Line:
    """What one signal led to. `written` is set when it is committed; `dropped` lines are passed over."""

    keeps: tuple[Keep, ...]
    at: float
    operation: Operation | None = None
    written: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False


class Writer:
    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._lines: deque[Line] = deque()
        self._arrived = asyncio.Event()

    def add(self, line: Line) -> None:
        """Have it written; returns at once. Beyond the limit the oldest gives way: a later one holds its
        callback as a whole.
        """
        if len(self._lines) >= MOST_WAITING:
            self._lines.popleft().dropped = True
            _dropped.inc()
        self._lines.append(line)
        _waiting.set(len(self._lines))
        self._arrived.set()

    async def written(self, line: Line, *, within_s: float) -> bool:
        """Whether it is committed. When not, it will not be, unless that had begun already."""
        try:
            async with asyncio.timeout(within_s):
                await line.written.wait()
        except TimeoutError:
            line.dropped = True
        return line.written.is_set()

    async def run(self) -> None:
        """Write until cancelled; a database that is away is waited for."""
        while True:
            self._arrived.clear()
            while self._lines:
                line = self._lines[0]
                try:
                    if not line.dropped:
                        await self._write(line)
                        line.written.set()
                except StorageAway:
                    await self._clock.sleep(RETRY_S)
                    continue
                except Exception:  # noqa: BLE001  # one step that cannot be written must not stop the others
                    _dropped.inc()
                    _log.exception("a callback's step was not written down")
                if self._lines and self._lines[0] is line:
                    self._lines.popleft()
                _waiting.set(len(self._lines))
            await self._arrived.wait()

    async def _write(self, line: Line) -> None:
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
