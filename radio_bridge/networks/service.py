"""The radio networks of the settings, each by its driver: their floors for floor control, their sound, and
who is there for the register; and how they are, for desks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from core.room import Health
from core.tasks import Tasks
from field.contract.data import DataNetwork, DataSource
from radio_bridge.drivers.dmr_homebrew.driver import DmrHomebrewDriver
from radio_bridge.drivers.mumble.driver import MumbleDriver
from radio_bridge.drivers.sip_radio.driver import SipRadioDriver
from radio_bridge.drivers.svxreflector.driver import SvxReflectorDriver
from radio_bridge.drivers.tetra_pei.driver import TetraPeiDriver
from radio_bridge.drivers.trunk_recorder.driver import TrunkRecorderDriver
from radio_bridge.drivers.usrp.driver import UsrpDriver
from radio_bridge.drivers.voice import FloorOwner, LinkState, SoundSink, VoiceNetwork
from radio_bridge.events import LinkView, NetworkChanged
from radio_bridge.networks.translations import chinese
from radio_bridge.ports import Network, NetworkPorts
from radio_bridge.settings import RadioSettings

LOOKED_S: Final = 0.5
TOLD_AGAIN_S: Final = 30.0
"""A desk, or the role `centre`, may have begun since."""


class NetworkService:
    """For the role `radio`. Attach floor control before it starts."""

    name = "networks"

    def __init__(self, settings: RadioSettings, ports: NetworkPorts) -> None:
        self._bus = bus = ports.bus
        self._clock = ports.clock
        self._terminals = ports.terminals
        self._arrivals = ports.arrivals
        self._voices: list[VoiceNetwork] = []
        self.data: list[DataNetwork] = []
        """Those that carry texts and positions of radios."""
        self.listened: list[DataSource] = []
        """Those that say something of radios, and take nothing."""
        if settings.svxreflector.talkgroups:
            self._voices.append(SvxReflectorDriver(settings.svxreflector, self._clock))
        if settings.dmr_homebrew.talkgroups:
            repeaters = DmrHomebrewDriver(settings.dmr_homebrew, self._clock)
            self._voices.append(repeaters)
            self.data.append(repeaters)
        if settings.usrp.talkgroups:
            self._voices.append(UsrpDriver(settings.usrp, self._clock))
        if settings.mumble.talkgroups:
            apps = MumbleDriver(settings.mumble, self._clock)
            self._voices.append(apps)
            self.data.append(apps)
        if settings.sip_radio.talkgroups:
            self._voices.append(SipRadioDriver(settings.sip_radio, bus, self._clock))
        if settings.tetra_pei.talkgroups:
            tetra = TetraPeiDriver(settings.tetra_pei, self._clock)
            self._voices.append(tetra)
            self.data.append(tetra)
        if settings.trunk_recorder.talkgroups:
            recorded = TrunkRecorderDriver(settings.trunk_recorder, ports.recorder(), self._clock)
            self._voices.append(recorded)
            self.listened.append(recorded)
        self._tasks = Tasks("networks")
        self._told: dict[str, tuple[NetworkChanged, float]] = {}

    @property
    def floors(self) -> Mapping[str, VoiceNetwork]:
        """By the first part of their talkgroups' names: whom floor control asks."""
        return {voice.network: voice for voice in self._voices}

    def attach(self, floor: FloorOwner, ears: SoundSink | None = None) -> None:
        """Where networks bring signals of the floor, and sound when somebody takes it."""
        for voice in self._voices:
            voice.attach(floor, ears, self._arrivals)

    async def start(self) -> None:
        self._tasks.forever("tell", self._run)
        for voice in self._voices:
            await voice.start()

    async def stop(self) -> None:
        """Nobody of ours is left keyed."""
        for voice in self._voices:
            await voice.stop()
        await self._tasks.stop()

    def health(self) -> Sequence[Health]:
        return [voice.health() for voice in self._voices]

    def tell(self) -> None:
        """Publish what has changed, and what was not told for long."""
        now = self._clock.monotonic()
        for event in (_event(self._terminals, ()), *(_event(voice, voice.links()) for voice in self._voices)):
            known = self._told.get(event.network)
            if known is None or not _alike(event, known[0]) or now >= known[1] + TOLD_AGAIN_S:
                self._told[event.network] = (event, now)
                self._bus.publish(event)

    async def _run(self) -> None:
        while True:
            self.tell()
            await asyncio.sleep(LOOKED_S)


def _event(network: Network, links: Sequence[LinkState]) -> NetworkChanged:
    health = network.health()
    return NetworkChanged(
        network=network.network,
        driver=network.kind,
        state="up" if health.state == "up" else "degraded",
        why=health.why,
        why_zh=chinese(health.why),
        links=[_view(link) for link in links],
        can=sorted(network.caps.can),
        lacks=sorted(network.caps.lacks),
    )


def _view(link: LinkState) -> LinkView:
    return LinkView(talkgroup=link.group, up=link.up, why=link.why, why_zh=chinese(link.why))


def _alike(one: NetworkChanged, other: NetworkChanged) -> bool:
    apart = {"id", "at"}
    return one.model_dump(exclude=apart) == other.model_dump(exclude=apart)
