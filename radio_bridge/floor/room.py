"""Floor control as a part of the role `radio`."""

from __future__ import annotations

from collections.abc import Sequence

from core.room import Health
from core.tasks import Tasks
from radio_bridge.floor.patched import PatchedFloors
from radio_bridge.floor.ports import FloorPorts
from radio_bridge.floor.service import FloorControl
from radio_bridge.floor.settings import FloorSettings
from radio_bridge.floor.transmissions import TransmissionLog
from radio_bridge.floor.wire import FloorWire


class FloorRoom:
    """Built before its link starts, because it subscribes; started before the link, too."""

    name = "floor"

    def __init__(
        self, settings: FloorSettings, ports: FloorPorts, *, tenant: str, talks: TransmissionLog
    ) -> None:
        self._link = ports.link
        self.wire = FloorWire(ports.link, ports.clock, settings, tenant=tenant, talks=talks)
        self.patched = PatchedFloors(
            ports.membership, self.wire, ports.networks, ports.clock, ours=ports.our_names
        )
        self.control = FloorControl(
            self.patched,
            ports.clock,
            self.patched,
            patched=self.patched,
            emergencies=ports.emergencies,
        )
        self.patched.attach(self.control)
        self.wire.attach(self.control)
        self._tasks = Tasks("floor")

    async def start(self) -> None:
        self.control.refresh()
        await self.wire.start()
        self._tasks.forever("time", self.control.run)
        self._tasks.forever("patches", self.patched.run)

    async def stop(self) -> None:
        """Whoever talks is told that he has no floor any more."""
        self.control.end_all()
        await self._tasks.stop()
        await self.wire.stop()

    def health(self) -> Sequence[Health]:
        found = self._link.health()
        return (Health(self.name, found.state, found.why),)


def build(settings: FloorSettings, ports: FloorPorts, *, tenant: str, talks: TransmissionLog) -> FloorRoom:
    """`talks` is told of each talk that begins and ends."""
    return FloorRoom(settings, ports, tenant=tenant, talks=talks)
