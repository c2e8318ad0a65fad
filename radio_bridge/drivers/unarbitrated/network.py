"""Talkgroups of such a network, each with a link of its own: what `VoiceNetwork` asks for, by their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.clock import Clock
from field.contract.capabilities import Caps
from radio_bridge.drivers.lines import LineNetwork
from radio_bridge.drivers.unarbitrated.line import SpeakingPort, UnarbitratedLine
from radio_bridge.drivers.voice import Arrivals, FloorOwner, SoundSink


class SessionCarrier(SpeakingPort, Protocol):
    """Carries the session of one talkgroup."""

    async def run(self) -> None:
        """Keep the link up until cancelled; our talk is over there when it ends."""
        ...


class UnarbitratedNetwork(LineNetwork[UnarbitratedLine]):
    """A driver says how each talkgroup is carried; `carriers` are by the names of their talkgroups."""

    kind: str
    caps: Caps

    def __init__(self, network: str, groups: Sequence[str], clock: Clock) -> None:
        super().__init__(network)
        self.lines = {group: UnarbitratedLine(group, clock) for group in groups}
        self._carriers: Mapping[str, SessionCarrier] = {}

    def carry(self, carriers: Mapping[str, SessionCarrier]) -> None:
        """Once, before the rest."""
        self._carriers = carriers

    def attach(
        self, floor: FloorOwner, ears: SoundSink | None = None, arrivals: Arrivals | None = None
    ) -> None:
        self._floor = floor
        self._arrivals = arrivals
        for group, line in self.lines.items():
            line.attach(self._carriers[group], floor, ears)

    async def start(self) -> None:
        for group, carrier in self._carriers.items():
            self._tasks.forever(group, carrier.run)

    async def stop(self) -> None:
        await self._tasks.stop()
