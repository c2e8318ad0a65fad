"""Talkgroups of such a network, each with a link of its own: what `VoiceNetwork` asks for, by their lines."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from core.clock import Clock
from core.room import Health
from core.tasks import Tasks
from radio_bridge.drivers import measures
from radio_bridge.drivers.capabilities import Caps
from radio_bridge.drivers.health import told
from radio_bridge.drivers.unarbitrated.line import Line, Mouth
from radio_bridge.drivers.voice import Arrivals, Ears, FloorOwner, LinkState
from radio_bridge.floor.model import Ask
from radio_bridge.floor.signals import NetworkAway


class Carrier(Mouth, Protocol):
    """Carries the session of one talkgroup."""

    async def run(self) -> None:
        """Keep the link up until cancelled; our talk is over there when it ends."""
        ...


class UnarbitratedNetwork:
    """A driver says how each talkgroup is carried; `carriers` are by the names of their talkgroups."""

    kind: str
    caps: Caps
    our_names: frozenset[str] = frozenset()
    """As its `party` says them; set by the driver."""

    def __init__(self, network: str, groups: Sequence[str], clock: Clock) -> None:
        self.network = network
        self.lines = {group: Line(group, clock) for group in groups}
        self.arrivals: Arrivals | None = None
        self._tasks = Tasks(f"radio_bridge.{network}")
        self._carriers: Mapping[str, Carrier] = {}

    def carry(self, carriers: Mapping[str, Carrier]) -> None:
        """Once, before the rest."""
        self._carriers = carriers

    @property
    def groups(self) -> Sequence[str]:
        return tuple(self.lines)

    def attach(self, floor: FloorOwner, ears: Ears | None = None, arrivals: Arrivals | None = None) -> None:
        self._floor = floor
        self.arrivals = arrivals
        for group, line in self.lines.items():
            line.attach(self._carriers[group], floor, ears)

    async def start(self) -> None:
        for group, carrier in self._carriers.items():
            self._tasks.forever(group, carrier.run)

    async def stop(self) -> None:
        await self._tasks.stop()

    def ask(self, group: str, ask: Ask) -> None:
        # Later: floor control is still telling what led to this.
        asyncio.get_running_loop().call_soon(self._ask, group, ask)

    def cease(self, group: str, party: str, request_id: UUID) -> None:
        asyncio.get_running_loop().call_soon(self._cease, group, party, request_id)

    def speak(self, group: str, token: str, frame: bytes) -> bool:
        line = self.lines.get(group)
        went = line is not None and self._floor.audio(group, token) and line.speak(frame)
        measures.frames.labels(self.network, "spoken" if went else "unspoken").inc()
        return went

    def links(self) -> Sequence[LinkState]:
        return [line.state() for line in self.lines.values()]

    def health(self) -> Health:
        return told(self.network, self.links())

    def _ask(self, group: str, ask: Ask) -> None:
        line = self.lines.get(group)
        if line is None:
            # In the register, and not in the settings.
            self._floor.take(group, NetworkAway())
        else:
            line.ask(ask)

    def _cease(self, group: str, party: str, request_id: UUID) -> None:
        line = self.lines.get(group)
        if line is not None:
            line.cease(party, request_id)
