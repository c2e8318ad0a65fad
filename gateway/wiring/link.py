"""The broker link of a role, and what travels over it between roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.room import Health
from core.tasks import Tasks
from gateway.bus import LocalBus
from gateway.mqtt import topics
from gateway.mqtt.link import MqttLink, PresenceTopic
from gateway.mqtt.message import Received
from gateway.mqtt.relay import RoleRelay
from gateway.settings import RoleName, Settings

if TYPE_CHECKING:
    from core.storage import OutboxRelay, Storage, StorageSettings


def role_link(settings: Settings, role: RoleName) -> MqttLink:
    """Not yet started: make everything that subscribes first."""
    one = settings.origin(role)
    state = topics.role_state(settings.tenant, role)
    if one != role:
        # The role's own topic is the leading centre's: this one leaving must not say that the role is away.
        state = topics.switch_state(settings.tenant, settings.system_name)
    return MqttLink(
        settings.broker(role),
        client_id=f"songhua-{one}".replace(":", "-"),
        presence=PresenceTopic(state),
    )


class LinkPart:
    """The link as a part of the process. Started last, so that every subscription stands."""

    name = "mqtt"

    def __init__(self, link: MqttLink) -> None:
        self._link = link

    async def start(self) -> None:
        await self._link.start()

    async def stop(self) -> None:
        await self._link.stop()

    def health(self) -> Health:
        return self._link.health()


AT_ONCE = 200
"""Events of different streams that are under way at a time: who keeps them takes them in one transaction, and
what has arrived is noted in one.
"""


class Relays:
    """The outbox of this role: a relay to the bus, one to the other roles, and what forgets the delivered.
    `beside` are relays that a room runs itself; what they delivered is forgotten too.
    """

    name = "outbox"

    def __init__(
        self,
        settings: StorageSettings,
        storage: Storage,
        bus: LocalBus,
        link: MqttLink,
        role: RoleName,
        *,
        beside: Sequence[OutboxRelay] = (),
    ) -> None:
        # Imported here: the role `speech` has a link and no database.
        from core.storage import OutboxRelay, Pruning  # noqa: PLC0415

        self._bus = OutboxRelay(storage, "bus", bus.deliver, at_once=AT_ONCE)
        self._mqtt = OutboxRelay(storage, "mqtt", RoleRelay(link, role=role).deliver, at_once=AT_ONCE)
        self._pruning = Pruning(storage, settings, (self._bus, self._mqtt, *beside))
        self._tasks = Tasks("outbox")

    async def start(self) -> None:
        self._tasks.forever("bus", self._bus.run)
        self._tasks.forever("mqtt", self._mqtt.run)
        self._tasks.forever("pruning", self._pruning.run)

    async def stop(self) -> None:
        await self._tasks.stop()


class Neighbours:
    """Whether the other roles are there, from their retained presence; for `/api/health`."""

    name = "neighbours"

    def __init__(self, link: MqttLink, roles: Sequence[RoleName]) -> None:
        self._online: dict[str, bool] = dict.fromkeys(roles, False)
        self._link = link
        for role in roles:
            link.subscribe(topics.role_state(link.tenant, role), self._on_state, name=f"presence.{role}")

    async def start(self) -> None:
        """The link brings the news."""

    async def stop(self) -> None:
        """Do nothing: there is no task."""

    def health(self) -> Sequence[Health]:
        if not self._link.connected:
            return [Health(role, "degraded", "unknown while the broker is away") for role in self._online]
        return [
            Health(role, "up")
            if there
            else Health(role, "degraded", f"the role {role} is not there: start it")
            for role, there in self._online.items()
        ]

    async def _on_state(self, message: Received) -> None:
        role = message.topic.split("/")[3]
        if role in self._online:
            self._online[role] = message.payload == PresenceTopic(message.topic).online
