"""Talkgroups of an SvxReflector: one connection for each, which asks for talks, speaks and hears.

The reflector owns the floor: the first who talks has it, priorities and pre-emption there are none. A talk is
granted when the reflector names us as the talker, and never before.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final
from uuid import UUID

from core.clock import Clock
from core.room import Health
from core.tasks import Tasks
from radio_bridge.drivers import measures
from radio_bridge.drivers.capabilities import Can, Caps
from radio_bridge.drivers.health import told
from radio_bridge.drivers.svxreflector.line import Line
from radio_bridge.drivers.svxreflector.settings import SvxReflectorSettings
from radio_bridge.drivers.svxreflector.sound import codecs
from radio_bridge.drivers.svxreflector.timing import Timing
from radio_bridge.drivers.voice import Arrivals, Ears, FloorOwner, LinkState
from radio_bridge.floor.model import Ask
from radio_bridge.floor.signals import NetworkAway

CAPS: Final = Caps(frozenset({Can.SPEAK, Can.HEAR, Can.TALKER, Can.PRESENCE, Can.GRANT}))


class SvxReflectorDriver:
    """Implements `radio_bridge.drivers.voice.VoiceNetwork`."""

    kind = "svxreflector"
    caps = CAPS

    def __init__(
        self,
        settings: SvxReflectorSettings,
        clock: Clock,
        *,
        rng: random.Random | None = None,
        timing: Timing | None = None,
    ) -> None:
        self.network = settings.network
        self._arrivals: Arrivals | None = None
        self._there: Counter[str] = Counter()
        """Who is there, and on how many of our lines he was told: all have the same reflector."""
        self._tasks = Tasks(f"radio_bridge.{self.network}")
        ours = frozenset(one.callsign for one in settings.talkgroups)
        spoken = codecs()
        dice = rng or random.SystemRandom()
        self._lines = {
            line.group: line
            for line in (
                Line(
                    settings, one, clock, codecs=spoken, ours=ours, rng=dice, timing=timing, nodes=self._note
                )
                for one in settings.talkgroups
            )
        }

    @property
    def groups(self) -> Sequence[str]:
        return tuple(self._lines)

    @property
    def our_names(self) -> frozenset[str]:
        return frozenset(line.our_name for line in self._lines.values())

    def attach(self, floor: FloorOwner, ears: Ears | None = None, arrivals: Arrivals | None = None) -> None:
        self._floor = floor
        self._arrivals = arrivals
        for line in self._lines.values():
            line.attach(floor, ears)

    async def start(self) -> None:
        for group, line in self._lines.items():
            self._tasks.forever(group, line.run)

    async def stop(self) -> None:
        await self._tasks.stop()

    def ask(self, group: str, ask: Ask) -> None:
        # Later: floor control is still telling what led to this.
        asyncio.get_running_loop().call_soon(self._ask, group, ask)

    def cease(self, group: str, party: str, request_id: UUID) -> None:
        asyncio.get_running_loop().call_soon(self._cease, group, party, request_id)

    def speak(self, group: str, token: str, frame: bytes) -> bool:
        line = self._lines.get(group)
        went = line is not None and self._floor.audio(group, token) and line.speak(frame)
        measures.frames.labels(self.network, "spoken" if went else "unspoken").inc()
        return went

    def links(self) -> Sequence[LinkState]:
        return [line.state() for line in self._lines.values()]

    def health(self) -> Health:
        return told(self.network, self.links())

    def _ask(self, group: str, ask: Ask) -> None:
        line = self._lines.get(group)
        if line is None:
            # In the register, and not in the settings.
            self._floor.take(group, NetworkAway())
        else:
            line.ask(ask)

    def _cease(self, group: str, party: str, request_id: UUID) -> None:
        line = self._lines.get(group)
        if line is not None:
            line.cease(party, request_id)

    def _note(self, came: AbstractSet[str], went: AbstractSet[str]) -> None:
        """A line was told of these nodes: tell who is there, when that is news."""
        before = len(self._there)
        self._there.update(came)
        new = len(self._there) > before
        self._there.subtract(went)
        gone = [one for one in went if self._there[one] <= 0]
        for one in gone:
            del self._there[one]
        if (new or gone) and self._arrivals is not None:
            self._arrivals.there(frozenset(self._there), network=self.network)
