"""Writes automated calls down: each before it is placed, and what becomes of it behind, in order. Row and
event commit together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic

from core.clock import Clock
from core.events import Event
from core.storage import Behind, Storage
from hotline.outbound.metrics import CallMetrics
from hotline.outbound.model import AutomatedCall, T
from hotline.outbound.store import Begun, CallStore

MOST_WAITING: Final = 5_000


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """An event that leaves with the call's row, in the order of `stream`."""

    event: Event
    stream: str


@dataclass(frozen=True, slots=True, eq=False)
class CallVersion(Generic[T]):
    """`told` is made once: it is emitted once, however often the row is tried."""

    call: AutomatedCall[T]
    told: StreamEvent | None


class CallWriter(Generic[T]):
    """`tell` makes the event of a call's step at a moment, if there is one; `written` runs after a step is
    committed, and again when it fails by `StorageAway`.
    """

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        store: CallStore[T],
        metrics: CallMetrics,
        *,
        tell: Callable[[AutomatedCall[T], float], StreamEvent | None],
        written: Callable[[AutomatedCall[T]], Awaitable[None]],
    ) -> None:
        self._storage = storage
        self._store = store
        self._tell = tell
        self._written = written
        self.behind: Behind[CallVersion[T]] = Behind(
            self._write_each, what=f"a row of {store.table.name}", limit=MOST_WAITING,
            dropped=metrics.dropped, waiting=metrics.waiting, at_once=1, sleep=clock.sleep,
        )  # fmt: skip

    async def begin(self, call: AutomatedCall[T], longest_s: float) -> Begun:
        """Write a call down that is about to be placed. Raises `StorageAway`: then it must not be placed."""
        told = self._tell(call, call.began)
        async with self._storage.write() as transaction:
            begun = await self._store.begin(transaction.connection, call, longest_s)
            if begun == "begun" and told is not None:
                await transaction.emit(told.event, stream=told.stream)
        return begun

    def add(self, call: AutomatedCall[T], at: float) -> None:
        """Have the call as it is now written down; returns at once."""
        self.behind.add(CallVersion(call, self._tell(call, at)))

    async def _write_each(self, versions: Sequence[CallVersion[T]]) -> None:
        for version in versions:
            async with self._storage.write() as transaction:
                await self._store.save(transaction.connection, version.call)
                if version.told is not None:
                    await transaction.emit(version.told.event, stream=version.told.stream)
            await self._written(version.call)
