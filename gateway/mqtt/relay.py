"""The outbox destination `mqtt`: publishes a durable event for the other roles."""

from __future__ import annotations

import json

from core.events import Event
from gateway.mqtt import topics
from gateway.mqtt.errors import NobodyListens
from gateway.mqtt.link import MqttLink


class RoleRelay:
    """`deliver` is what `core.storage.OutboxRelay(storage, "mqtt", deliver)` calls."""

    def __init__(self, link: MqttLink, *, role: str) -> None:
        self._link = link
        self._role = role

    async def deliver(self, event: Event) -> None:
        """Return when the broker holds the event for a session of another role.

        While the broker is away this waits: whatever follows could not leave either, and the event goes
        out at once when the broker is back. Raises `BrokerAway` when the link breaks meanwhile,
        `PublishDenied`, or `NobodyListens` when no other role has ever subscribed.
        """
        await self._link.wait_connected(None)
        topic = topics.role_event(self._link.tenant, self._role, event.TYPE)
        payload = json.dumps(event.envelope(), ensure_ascii=False).encode()
        if not await self._link.publish(topic, payload):
            raise NobodyListens(event.TYPE, remedy="start the role that takes this event")
