"""The in-process bus: one bounded queue and one worker for each subscriber, so that a slow or failing
one hurts neither the publisher nor its neighbours.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.bus import BatchHandler, E, Handler
from core.errors import Unavailable
from core.events import Event
from core.log import logger
from core.metrics import counter, gauge
from core.tasks import Tasks

_log = logger("gateway")
_dropped = counter("bus_dropped", "Live events dropped because a subscriber's queue was full", ["subscriber"])
_failed = counter("bus_failed", "Events that a subscriber failed on", ["subscriber"])

_queued = gauge("bus_queued", "Events that wait for a subscriber", ["subscriber"])

QUEUE_LIMIT = 10_000
RUN_LIMIT = 200
"""Events in one run: so many cost a transaction of some ten milliseconds."""


@dataclass(frozen=True, slots=True)
class _BusItem:
    event: Event
    receipt: asyncio.Future[None] | None = None


@dataclass(slots=True)
class _Subscriber:
    name: str
    event_type: type[Event] | tuple[type[Event], ...]
    handler: Callable[[Any], Awaitable[None]]
    takes_runs: bool = False
    queue: asyncio.Queue[_BusItem] = field(default_factory=lambda: asyncio.Queue(QUEUE_LIMIT))


class LocalBus:
    """Implements `core.bus.RunBus` for one process. Subscribe before `start`."""

    name = "bus"

    def __init__(self) -> None:
        self._subscribers: list[_Subscriber] = []
        self._by_type: dict[type[Event], tuple[_Subscriber, ...]] = {}
        self._tasks = Tasks("bus")

    def subscribe(self, event_type: type[E], handler: Handler[E], *, name: str) -> None:
        self._add(_Subscriber(name, event_type, handler))

    def subscribe_batch(
        self, event_types: tuple[type[Event], ...], handler: BatchHandler, *, name: str
    ) -> None:
        self._add(_Subscriber(name, event_types, handler, takes_runs=True))

    async def start(self) -> None:
        for subscriber in self._subscribers:
            _queued.labels(subscriber.name).set_function(subscriber.queue.qsize)
            self._tasks.forever(subscriber.name, lambda subscriber=subscriber: self._work(subscriber))  # type: ignore[misc]

    async def stop(self) -> None:
        await self._tasks.stop()

    def publish(self, event: Event) -> None:
        for subscriber in self._audience(type(event)):
            try:
                subscriber.queue.put_nowait(_BusItem(event))
            except asyncio.QueueFull:
                _dropped.labels(subscriber.name).inc()

    async def deliver(self, event: Event) -> None:
        receipts: list[asyncio.Future[None]] = []
        for subscriber in self._audience(type(event)):
            receipt: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            await subscriber.queue.put(_BusItem(event, receipt))
            receipts.append(receipt)
        failures = [one for one in await asyncio.gather(*receipts, return_exceptions=True) if one is not None]
        if failures:
            raise failures[0]

    def _add(self, subscriber: _Subscriber) -> None:
        self._subscribers.append(subscriber)
        self._by_type.clear()

    def _audience(self, event_type: type[Event]) -> tuple[_Subscriber, ...]:
        known = self._by_type.get(event_type)
        if known is None:
            known = tuple(one for one in self._subscribers if issubclass(event_type, one.event_type))
            self._by_type[event_type] = known
        return known

    async def _work(self, subscriber: _Subscriber) -> None:
        queue = subscriber.queue
        while True:
            parcels = [await queue.get()]
            if not subscriber.takes_runs:
                await _hand_over(subscriber, parcels, parcels[0].event)
                continue
            while len(parcels) < RUN_LIMIT and not queue.empty():
                parcels.append(queue.get_nowait())
            await _deliver_batch(subscriber, parcels)


async def _deliver_batch(subscriber: _Subscriber, parcels: Sequence[_BusItem]) -> None:
    failed = await _hand_over(
        subscriber, parcels, [parcel.event for parcel in parcels], last_try=len(parcels) == 1
    )
    if failed:
        try:
            for parcel in parcels:
                await _hand_over(subscriber, [parcel], [parcel.event])
        except asyncio.CancelledError:
            _cancel(parcels)
            raise


async def _hand_over(
    subscriber: _Subscriber, parcels: Sequence[_BusItem], what: object, *, last_try: bool = True
) -> bool:
    """Have it handled and give the receipts. True where each is to be tried by itself: then none is given."""
    try:
        await subscriber.handler(what)
    except asyncio.CancelledError:
        _cancel(parcels)
        raise
    except Exception as error:  # noqa: BLE001  # logged, counted, and told to who waits for it
        if not last_try and not isinstance(error, Unavailable):
            return True
        for parcel in parcels:
            _tell_failure(subscriber, parcel, error)
    else:
        for parcel in parcels:
            if parcel.receipt is not None and not parcel.receipt.done():
                parcel.receipt.set_result(None)
    return False


def _cancel(parcels: Sequence[_BusItem]) -> None:
    """Cancel the receipts that are still open."""
    for parcel in parcels:
        if parcel.receipt is not None:
            parcel.receipt.cancel()


def _tell_failure(subscriber: _Subscriber, parcel: _BusItem, error: Exception) -> None:
    _failed.labels(subscriber.name).inc()
    if parcel.receipt is None:
        _log.error(
            "subscriber failed", subscriber=subscriber.name, event_type=parcel.event.TYPE, exc_info=error
        )
        return
    _log.warning(
        "subscriber failed", subscriber=subscriber.name, event_type=parcel.event.TYPE,
        error=type(error).__name__,
    )  # fmt: skip
    with contextlib.suppress(asyncio.InvalidStateError):
        parcel.receipt.set_exception(error)
