"""Stand-ins without a broker; what a real one does is tested in `tests/real/test_mqtt_real.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from core.room import Health
from gateway.mqtt.errors import BrokerAway
from gateway.mqtt.message import Received
from gateway.mqtt.topics import matches


@dataclass
class RecordingConnection:
    """Remembers what was acknowledged and why it was cut."""

    acked: list[int] = field(default_factory=list)
    cut: str = ""

    def ack(self, packet: int) -> None:
        self.acked.append(packet)

    def drop(self, why: str) -> None:
        self.cut = why


class FakeLink:
    """A link in memory: `give` delivers to subscribers, `published` was sent, `away` makes it fail."""

    tenant = "harbin"

    def __init__(self) -> None:
        self.published: list[tuple[str, bytes]] = []
        self.subscriptions: dict[str, Callable[[Received], Awaitable[None]]] = {}
        self.callbacks: list[Callable[[], Awaitable[None]]] = []
        self.away = False
        self.nobody: set[str] = set()
        self.unheard: set[str] = set()
        """Topics that the broker does not confirm."""

    @property
    def connected(self) -> bool:
        return not self.away

    def subscribe(
        self, topic_filter: str, handler: Callable[[Received], Awaitable[None]], *, name: str
    ) -> None:
        self.subscriptions[topic_filter] = handler

    def subscribe_batch(
        self, topic_filter: str, handler: Callable[[Sequence[Received]], Awaitable[None]], *, name: str
    ) -> None:
        async def take(message: Received) -> None:
            await handler([message])

        self.subscriptions[topic_filter] = take

    def on_connect(self, callback: Callable[[], Awaitable[None]]) -> None:
        self.callbacks.append(callback)

    async def wait_connected(self, timeout_s: float | None) -> None:
        if self.away:
            raise BrokerAway("a test took it away")

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: float | None = None
    ) -> bool:
        if self.away or topic in self.unheard:
            raise BrokerAway("a test took it away")
        self.published.append((topic, payload))
        return topic not in self.nobody

    def health(self) -> Health:
        return Health("mqtt", "degraded" if self.away else "up")

    async def give(self, topic: str, payload: bytes) -> None:
        for topic_filter, handler in self.subscriptions.items():
            if matches(topic_filter, topic):
                await handler(Received(topic, payload))

    async def come_back(self) -> None:
        self.away = False
        for callback in self.callbacks:
            await callback()
