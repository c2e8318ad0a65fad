"""The in-process bus: one bounded queue and one worker for each subscriber, so that a slow or failing
one hurts neither the publisher nor its neighbours.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

from core.bus import E, Handler
from core.events import Event
from core.log import logger
from core.metrics import counter
from core.tasks import Tasks

_log = logger("gateway")
_dropped = counter("bus_dropped", "Live events dropped because a subscriber's queue was full", ["subscriber"])
_failed = counter("bus_failed", "Events that a subscriber failed on", ["subscriber"])

QUEUE_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class _Parcel:
    event: Event
    receipt: asyncio.Future[None] | None = None


@dataclass(slots=True)
class _Subscriber:
    name: str
    event_type: type[Event]
    handler: Handler[Any]
    queue: asyncio.Queue[_Parcel] = field(default_factory=lambda: asyncio.Queue(QUEUE_LIMIT))


class LocalBus:
    """Implements `core.bus.Bus` for one process. Subscribe before `start`."""

    name = "bus"

    def __init__(self) -> None:
        self._subscribers: list[_Subscriber] = []
        self._by_type: dict[type[Event], tuple[_Subscriber, ...]] = {}
        self._tasks = Tasks("bus")

    def subscribe(self, event_type: type[E], handler: Handler[E], *, name: str) -> None:
        subscriber = _Subscriber(name, event_type, handler)
        self._subscribers.append(subscriber)
        self._by_type.clear()

    async def start(self) -> None:
        for subscriber in self._subscribers:
            self._tasks.forever(subscriber.name, lambda subscriber=subscriber: self._work(subscriber))  # type: ignore[misc]

    async def stop(self) -> None:
        await self._tasks.stop()

    def publish(self, event: Event) -> None:
        for subscriber in self._audience(type(event)):
            try:
                subscriber.queue.put_nowait(_Parcel(event))
            except asyncio.QueueFull:
                _dropped.labels(subscriber.name).inc()

    async def deliver(self, event: Event) -> None:
        receipts: list[asyncio.Future[None]] = []
        for subscriber in self._audience(type(event)):
            receipt: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            await subscriber.queue.put(_Parcel(event, receipt))
            receipts.append(receipt)
        failures = [one for one in await asyncio.gather(*receipts, return_exceptions=True) if one is not None]
        if failures:
            raise failures[0]

    def _audience(self, event_type: type[Event]) -> tuple[_Subscriber, ...]:
        known = self._by_type.get(event_type)
        if known is None:
            known = tuple(one for one in self._subscribers if issubclass(event_type, one.event_type))
            self._by_type[event_type] = known
        return known

    async def _work(self, subscriber: _Subscriber) -> None:
        while True:
            parcel = await subscriber.queue.get()
            try:
                await subscriber.handler(parcel.event)
            except asyncio.CancelledError:
                if parcel.receipt is not None:
                    parcel.receipt.cancel()
                raise
            except Exception as error:  # noqa: BLE001  # logged, counted, and told to who waits for it
                _failed.labels(subscriber.name).inc()
                if parcel.receipt is None:
                    _log.exception(
                        "subscriber failed", subscriber=subscriber.name, event_type=parcel.event.TYPE
                    )
                    continue
                _log.warning(
                    "subscriber failed", subscriber=subscriber.name, event_type=parcel.event.TYPE,
                    error=type(error).__name__,
                )  # fmt: skip
                with contextlib.suppress(asyncio.InvalidStateError):
                    parcel.receipt.set_exception(error)
            else:
                if parcel.receipt is not None and not parcel.receipt.done():
                    parcel.receipt.set_result(None)
