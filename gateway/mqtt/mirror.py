"""Live events of one role for another: lossy on purpose, never waited for by the publisher."""

from __future__ import annotations

import asyncio
import json

from core.errors import SonghuaError
from core.events import Event
from core.metrics import counter
from core.tasks import Tasks
from gateway.mqtt import topics
from gateway.mqtt.link import MqttLink

_dropped = counter("mqtt_mirror_dropped", "Live events not mirrored to other roles", ["why"])

CAPACITY = 500


class Mirror:
    """Subscribe `publish` to the bus for each live event type that another role shows."""

    name = "mqtt-mirror"

    def __init__(self, link: MqttLink, *, role: str) -> None:
        self._link = link
        self._role = role
        self._queue: asyncio.Queue[Event] = asyncio.Queue(CAPACITY)
        self._tasks = Tasks("mqtt-mirror")

    async def publish(self, event: Event) -> None:
        """Queue the event; when full, or while the broker is away, it is dropped and counted."""
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            _dropped.labels("full").inc()

    async def start(self) -> None:
        self._tasks.forever("send", self._send)

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _send(self) -> None:
        while True:
            event = await self._queue.get()
            topic = topics.role_event(self._link.tenant, self._role, event.TYPE)
            payload = json.dumps(event.envelope(), ensure_ascii=False).encode()
            try:
                await self._link.publish(topic, payload, expiry_s=60)
            except SonghuaError as error:
                _dropped.labels(error.kind).inc()
