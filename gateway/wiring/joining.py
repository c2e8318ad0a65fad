"""The way of units' and desks' pages into conferences, in the role `centre`: the door at the switch."""

from __future__ import annotations

from fastapi import APIRouter

from core.clock import SystemClock
from core.log import logger
from core.tasks import Tasks
from gateway.ami.actions import HangupChannel
from gateway.ami.client import AmiClient
from gateway.ami.errors import AmiError
from gateway.ami.subscription import Live
from gateway.mqtt.link import MqttLink
from gateway.settings import Settings
from gateway.wiring.desk_floor import DeskFloorPart
from identity.room import IdentityRoom
from radio_bridge.switch.joining.desk import DeskListening
from radio_bridge.switch.joining.http import router
from radio_bridge.switch.joining.ports import (
    ConferenceMembers,
    ListeningRights,
    Switchboard,
)
from radio_bridge.switch.joining.service import Joining

_log = logger("gateway")

EVENT = "TalkgroupDoor"
"""The name of the UserEvent of dialplan/unit.conf."""
NOT_ALLOWED = 21
"""Q.850: call rejected."""


class JoiningGate:
    """Fills `radio_bridge.switch.joining.ports.ConferenceDoor`, and carries to `Joining` who stands there."""

    name = "unit-pages"

    def __init__(
        self,
        settings: Settings,
        client: AmiClient,
        link: MqttLink,
        rights: ListeningRights,
        conferences: ConferenceMembers,
    ) -> None:
        """Make it before the link starts."""
        self._client = client
        self._subscription = client.subscribe(self.name, events=frozenset({"UserEvent"}))
        self._tasks = Tasks(self.name)
        self._switchboard = switchboard(settings)
        self.joining = Joining(
            link, SystemClock(), rights, conferences, self, self._switchboard, tenant=settings.tenant
        )

    def routes_for_desks(self, people: IdentityRoom, floor: DeskFloorPart) -> APIRouter:
        """The way of desks' pages, by the same tickets."""
        listening = DeskListening(
            SystemClock(),
            floor.rights,
            self,
            self.joining.tickets,
            floor.leases,
            self._switchboard,
            people.service.audit,
        )
        return router(listening, people.current_user)

    @property
    def there(self) -> bool:
        return self._client.up

    async def start(self) -> None:
        self._tasks.forever("carry", self._carry)

    async def stop(self) -> None:
        await self._tasks.stop()
        self._subscription.close()

    async def turn_away(self, channel: str) -> None:
        try:
            await self._client.perform(HangupChannel(channel, NOT_ALLOWED))
        except AmiError as error:
            # It ends by itself within seconds.
            _log.info("a leg at the door was not ended", error=error.kind)

    async def _carry(self) -> None:
        async for item in self._subscription:
            # Who came to the door while we were away has hung up before he could be let in.
            for message in item.messages if isinstance(item, Live) else ():
                if message.get("UserEvent") == EVENT:
                    await self.joining.at_the_door(message.get("Channel"), message.get("Ticket"))


def switchboard(settings: Settings) -> Switchboard | None:
    """Where pages call; None where the settings have no account for them, or no WebSocket."""
    pages = settings.asterisk.unit_pages if settings.asterisk else None
    if pages is None or not settings.switch.sip_ws_url:
        return None
    return Switchboard(settings.switch.sip_ws_url, pages.name, pages.secret.get_secret_value())
