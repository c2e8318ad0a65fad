"""The connection to the MQTT broker, as rooms use it; `gateway.mqtt.link` implements it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from core.room import Health


class BrokerMessage(Protocol):
    """A message of the broker."""

    @property
    def topic(self) -> str:
        """Where it was published, without wildcards."""
        ...

    @property
    def payload(self) -> bytes:
        """The bytes as they came."""
        ...

    @property
    def retained(self) -> bool:
        """The broker's stored copy, given for a new subscription."""
        ...


class BrokerLink(Protocol):
    """A connection that reconnects by itself and acknowledges a message after its handler returned."""

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted the session and the connection still stands."""
        ...

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: float | None = None
    ) -> bool:
        """True when some session wants the message. Raises `core.errors.Unavailable` when it may be lost."""
        ...

    def subscribe(
        self, topic_filter: str, handler: Callable[[BrokerMessage], Awaitable[None]], *, name: str
    ) -> None:
        """Call `handler` for each message that matches, in order, at QoS 1. Call it before the link starts.
        `name` is for metrics.
        """
        ...

    def subscribe_batch(
        self, topic_filter: str, handler: Callable[[Sequence[BrokerMessage]], Awaitable[None]], *, name: str
    ) -> None:
        """The same for a handler that takes several messages at once: all that came while it was busy."""
        ...

    def on_connect(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Call this after each connection, when all subscriptions are made."""
        ...

    def health(self) -> Health:
        """Up while connected; else the reason that the broker or the network gave."""
        ...
