"""Talkgroups that the switch calls and keeps on the line: their sound comes here by AudioSocket.

The radio system says nothing but sound: who is heard talks, and a talk of ours is granted while nobody is.
"""

from __future__ import annotations

import asyncio
import random
from typing import Final
from uuid import UUID

from core.bus import Bus
from core.clock import Clock
from field.contract.capabilities import Can, Caps
from radio_bridge.drivers.lines import LineNetwork
from radio_bridge.drivers.sip_radio.line import SipRadioLine, SipRadioTiming
from radio_bridge.drivers.sip_radio.settings import SipRadioSettings
from radio_bridge.drivers.voice import Arrivals, FloorOwner, SoundSink
from radio_bridge.events import RadioCallWanted
from radio_bridge.sound.legs import Legs
from radio_bridge.sound.settings import SoundSettings

CAPS: Final = Caps(frozenset({Can.SPEAK, Can.HEAR}))
LOOKED_S: Final = 0.1


class SipRadioDriver(LineNetwork[SipRadioLine]):
    """Implements `radio_bridge.drivers.voice.VoiceNetwork`; on the bus it says which calls it wants."""

    kind = "sip_radio"
    caps = CAPS

    def __init__(
        self,
        settings: SipRadioSettings,
        bus: Bus,
        clock: Clock,
        *,
        rng: random.Random | None = None,
        timing: SipRadioTiming | None = None,
    ) -> None:
        super().__init__(settings.network)
        self._bus = bus
        self._at = ("", 0)
        sound = SoundSettings(
            host=settings.host,
            port=settings.port,
            public_host=settings.public_host,
            switches=settings.switches,
            legs_most=2 * max(1, len(settings.talkgroups)),
        )
        self._legs = Legs(sound, clock, self._hear, self._is_there, of=self.network)
        dice = rng or random.SystemRandom()
        lines = [
            SipRadioLine(settings, one, clock, self, rng=dice, timing=timing or SipRadioTiming())
            for one in settings.talkgroups
        ]
        self.lines = {line.group: line for line in lines}

    def attach(
        self, floor: FloorOwner, ears: SoundSink | None = None, arrivals: Arrivals | None = None
    ) -> None:
        del arrivals  # a call says nothing about the radios behind it
        self._floor = floor
        for line in self.lines.values():
            line.attach(floor, ears)

    async def start(self) -> None:
        """Raises `core.errors.Unavailable` when the port is taken."""
        self._at = await self._legs.start()
        self._tasks.forever("pace", self._legs.run)
        self._tasks.forever("look", self._look)

    async def stop(self) -> None:
        await self._tasks.stop()
        for line in self.lines.values():
            line.stop()
        await self._legs.stop()

    # --- for its lines --------------------------------------------------------------------------------

    def want(self, line: SipRadioLine, leg: UUID | None, instead_of: UUID | None = None) -> None:
        self._legs.expect(line.group, leg)
        if leg is None:
            return
        host, port = self._at
        # Told once, so that nobody is called twice for it; another one is wanted when it does not come.
        self._bus.publish(
            RadioCallWanted(
                talkgroup=line.group,
                endpoint=line.talkgroup.endpoint,
                user=line.talkgroup.called,
                leg=leg,
                instead_of=instead_of,
                host=host,
                port=port,
            )
        )

    def say(self, group: str, frame: bytes) -> None:
        self._legs.heard(group, frame)

    def said(self, group: str) -> None:
        self._legs.ended(group)

    # --- inside ---------------------------------------------------------------------------------------

    async def _look(self) -> None:
        while True:
            for line in self.lines.values():
                line.look()
            await asyncio.sleep(LOOKED_S)

    def _hear(self, group: str, frame: bytes) -> None:
        if (line := self.lines.get(group)) is not None:
            line.hear(frame)

    def _is_there(self, leg: UUID, there: bool) -> None:
        for line in self.lines.values():
            if there:
                line.came(leg)
            else:
                line.went(leg)
