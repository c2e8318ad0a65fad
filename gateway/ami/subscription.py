"""One subscriber's bounded queue: a snapshot, then live events of the same epoch, in order.

When the queue is full, live events are dropped and the subscriber gets a new snapshot once it has
caught up; the reader of the socket never waits for anybody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from types import TracebackType
from typing import Self

from gateway.ami.message import AmiEvent
from gateway.ami.metrics import DROPPED, QUEUED
from gateway.ami.outcome import DownReason


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What Asterisk says that exists, taken in `epoch`. It replaces all that was known before.

    `channels` are CoreShowChannel events; `queues` are QueueParams, QueueMember and QueueEntry events
    in Asterisk's order. `boot` changes when Asterisk was started anew. `gap` is true if live events
    were lost since the last snapshot.
    """

    epoch: int
    boot: str
    channels: tuple[AmiEvent, ...]
    queues: tuple[AmiEvent, ...]
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Live:
    """Events in the order of their arrival, all later than the snapshot of the same epoch was asked for."""

    epoch: int
    messages: Sequence[AmiEvent]


@dataclass(frozen=True, slots=True)
class SubscriptionDown:
    """The link is down: the state is unknown until the next snapshot."""

    epoch: int
    reason: DownReason


Item = Snapshot | Live | SubscriptionDown


class _Mode(Enum):
    STALE = "stale"  # needs a snapshot; live events are of no use
    FENCED = "fenced"  # its snapshot is being taken; live events wait behind it
    SYNCED = "synced"


class Subscription:
    """An endless asynchronous iterator of `Item`; one consumer only. Close it, or use it in `with`."""

    def __init__(
        self,
        name: str,
        *,
        events: Collection[str] | None,
        limit: int,
        ask: Callable[[], None],
        closed: Callable[[Subscription], None],
    ) -> None:
        self.name = name
        self._events = None if events is None else frozenset(events)
        self._limit = limit
        self._ask = ask
        self._on_close = closed
        self._mode = _Mode.STALE
        self._gap = False
        self._queue: deque[Item] = deque()
        self._queued = 0
        self._fenced: list[Live] = []
        self._arrived = asyncio.Event()
        self._closed = False
        self._depth = QUEUED.labels(name)
        self._drops = DROPPED.labels(name)

    # --- for the consumer -----------------------------------------------------------------------

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Item:
        while not self._queue:
            if self._closed:
                raise StopAsyncIteration
            if self._mode is _Mode.STALE:
                self._ask()
            self._arrived.clear()
            await self._arrived.wait()
        item = self._queue.popleft()
        if isinstance(item, Live):
            self._queued -= len(item.messages)
            self._depth.set(self._queued)
        return item

    def close(self) -> None:
        """End it: what waits is dropped, and the reader's loop ends."""
        if not self._closed:
            self._closed = True
            self._queue.clear()
            self._fenced.clear()
            self._depth.set(0)
            self._arrived.set()
            self._on_close(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()

    def resync(self) -> None:
        """Ask for a fresh snapshot, as if events had been lost; nothing happens while one is on its way."""
        if self._mode is _Mode.SYNCED:
            self._mode = _Mode.STALE
            self._gap = True
            self._ask()

    # --- for the client -------------------------------------------------------------------------

    @property
    def wants_snapshot(self) -> bool:
        """True if it lost events and has worked off what it had before."""
        return self._mode is _Mode.STALE and not self._queue

    @property
    def fenced(self) -> bool:
        """True while it waits for a snapshot that was promised."""
        return self._mode is _Mode.FENCED

    def fence(self) -> None:
        """A snapshot is about to be asked for: live events wait behind it from now on."""
        self._mode = _Mode.FENCED
        self._fenced.clear()

    def give_snapshot(self, snapshot: Snapshot) -> None:
        if self._mode is not _Mode.FENCED:
            return
        if any(isinstance(item, Snapshot) for item in self._queue):
            # The consumer has not even seen the last one: what is queued is of no use any more.
            self._drop(self._queued)
            self._queue.clear()
            self._queued = 0
        self._push(replace(snapshot, gap=self._gap))
        self._gap = False
        self._mode = _Mode.SYNCED
        fenced, self._fenced = self._fenced, []
        for live in fenced:
            self.give_live(live)

    def give_live(self, live: Live) -> None:
        messages = live.messages
        if self._events is not None:
            wanted = self._events
            messages = [message for message in messages if message.name in wanted]
            if not messages:
                return
            live = Live(live.epoch, messages)
        if self._mode is _Mode.STALE:
            self._drop(len(messages))
            return
        held = sum(len(waiting.messages) for waiting in self._fenced) if self._mode is _Mode.FENCED else 0
        if self._queued + held + len(messages) > self._limit:
            self._drop(len(messages) + held)
            self._mode = _Mode.STALE
            self._fenced.clear()
        elif self._mode is _Mode.FENCED:
            self._fenced.append(live)
        else:
            self._queued += len(messages)
            self._depth.set(self._queued)
            self._push(live)

    def give_down(self, down: SubscriptionDown) -> None:
        self._gap = self._gap or self._mode is _Mode.SYNCED
        self._mode = _Mode.STALE
        self._fenced.clear()
        if not (self._queue and isinstance(self._queue[-1], SubscriptionDown)):
            self._push(down)

    def _push(self, item: Item) -> None:
        self._queue.append(item)
        self._arrived.set()

    def _drop(self, count: int) -> None:
        if count:
            self._gap = True
            self._drops.inc(count)
