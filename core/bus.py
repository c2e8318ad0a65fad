"""The bus between rooms of one process: publish an event, subscribe by its class.

A failing or slow subscriber never hurts the publisher: each has its own bounded queue.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from core.events import Event

E = TypeVar("E", bound=Event)
Handler = Callable[[E], Awaitable[None]]


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
