"""Writes down what becomes of calls: in order, behind what happens, each step in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from prometheus_client import Counter, Gauge

from core.clock import Clock
from core.storage import Storage, Transaction, WriteBehindQueue


@dataclass(slots=True, eq=False)
class CallStep:
    """`write` puts rows and events into one transaction, `after` runs once it is committed; where either
    raises `StorageAway`, both are done again. `written` is set when they are done; a `dropped` step is passed
    over.
    """

    write: Callable[[Transaction], Awaitable[None]]
    after: Callable[[], Awaitable[None]] | None = None
    written: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False


class StepWriter:
    """Beyond `limit` the oldest step gives way: a later one has its call as a whole."""

    def __init__(
        self, storage: Storage, clock: Clock, *, what: str, limit: int, dropped: Counter, waiting: Gauge
    ) -> None:
        self._storage = storage
        # One at a time, because somebody may wait for his own step.
        self.write_behind: WriteBehindQueue[CallStep] = WriteBehindQueue(
            self._write_each, what=what, limit=limit, dropped=dropped, waiting=waiting, at_once=1,
            gives_way=_pass_over, sleep=clock.sleep,
        )  # fmt: skip

    def add(self, step: CallStep) -> None:
        """Have it written; returns at once."""
        self.write_behind.add(step)

    async def written(self, step: CallStep, *, within_s: float) -> bool:
        """Whether it is committed. When not, it will not be, unless that had begun already."""
        try:
            async with asyncio.timeout(within_s):
                await step.written.wait()
        except TimeoutError:
            _pass_over(step)
        return step.written.is_set()

    async def _write_each(self, steps: Sequence[CallStep]) -> None:
        for step in steps:
            if step.dropped:
                continue
            async with self._storage.write() as transaction:
                await step.write(transaction)
            if step.after is not None:
                await step.after()
            step.written.set()


def _pass_over(step: CallStep) -> None:
    step.dropped = True
