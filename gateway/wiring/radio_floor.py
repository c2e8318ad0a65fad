"""Floor control in the role `radio`, with its own link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from secrets import token_hex

from core.bus import Bus
from core.clock import SystemClock
from core.room import Health
from core.storage import Storage
from field.talkgroups.register import GroupRegister
from gateway.settings import Settings
from gateway.wiring.floor_links import floor_link
from radio_bridge.drivers.voice import VoiceNetwork
from radio_bridge.floor.members import RegisterMembership
from radio_bridge.floor.ports import EmergencyPresses, FloorPorts
from radio_bridge.floor.room import build
from radio_bridge.sound.service import SoundService
from radio_bridge.transmissions.service import TransmissionService


class RadioFloor:
    """Floor control in the role `radio`, as one part: what it says last needs the link that it was started
    with.
    """

    name = "floor"

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        bus: Bus,
        networks: Mapping[str, VoiceNetwork],
        emergencies: EmergencyPresses,
    ) -> None:
        """`networks` are those that own the floors of their talkgroups, by name."""
        floor = settings.radio.floor
        self._link = floor_link(settings)
        self._register = GroupRegister(storage, bus)
        self._membership = RegisterMembership(self._register, floor)
        ports = FloorPorts(
            link=self._link,
            clock=SystemClock(),
            membership=self._membership,
            networks=networks,
            emergencies=emergencies,
            our_names=lambda: frozenset().union(*(one.our_names for one in networks.values())),
        )
        self._talks = TransmissionService(storage, SystemClock(), token_hex(6))
        self._room = build(floor, ports, tenant=settings.tenant, talks=self._talks)
        self.control = self._room.control
        self.sound = SoundService(
            settings.radio.sound,
            self._link,
            self.control,
            networks,
            SystemClock(),
            tenant=settings.tenant,
            patched=self._room.patched.told,
            voice_hang_s=settings.radio.voice_hang_s,
        )
        self._room.wire.tells_by(self.sound.notices)

    async def start(self) -> None:
        await self._register.start()
        await self._talks.start()
        await self._room.start()
        await self.sound.start()
        await self._link.start()

    async def stop(self) -> None:
        await self._room.stop()
        await self.sound.stop()
        await self._link.stop()
        await self._talks.stop()
        await self._register.stop()

    def health(self) -> Sequence[Health]:
        return self._room.health()
