"""The bus between rooms of one process: publish an event, subscribe by its class.

A failing or slow subscriber never hurts the publisher: each has its own bounded queue.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from core.events import Event

E = TypeVar("E", bound=Event)
Handler = Callable[[E], Awaitable[None]]
BatchHandler = Callable[[Sequence[Event]], Awaitable[None]]


class Bus(Protocol):
    def publish(self, event: Event) -> None:
        """Hand the event to every subscriber's queue and return at once; never raises, never waits.

        Where a subscriber's queue is full, a live event is dropped for it and counted.
        """
        ...

    async def deliver(self, event: Event) -> None:
        """Hand a durable event over and return when every subscriber has handled it.

        Raises the first subscriber's error, so that the outbox keeps the event and tries again.
        """
        ...

    def subscribe(self, event_type: type[E], handler: Handler[E], *, name: str) -> None:
        """Call `handler` for each event of this class, in order. `name` stands in metrics and logs.

        A durable event may come more than once: handlers are idempotent by `event.id`.
        """
        ...


class BatchBus(Bus, Protocol):
    """A bus that also hands over several events at a time, to who keeps them in one transaction."""

    def subscribe_batch(
        self, event_types: tuple[type[Event], ...], handler: BatchHandler, *, name: str
    ) -> None:
        """Call `handler` with what has come of these classes, in order; it handles all of them or none.

        Where it raises `Unavailable`, all are tried again later; at any other error each is handed over by
        itself, so that one that cannot be handled holds up no other.
        """
        ...
