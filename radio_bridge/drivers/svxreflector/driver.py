"""Talkgroups of an SvxReflector: one connection for each, which asks for talks, speaks and hears.

The reflector owns the floor: the first who talks has it, priorities and pre-emption there are none. A talk is
granted when the reflector names us as the talker, and never before.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Set as AbstractSet
from typing import Final

from core.clock import Clock
from field.contract.capabilities import Can, Caps
from radio_bridge.drivers.lines import LineNetwork
from radio_bridge.drivers.svxreflector.line import SvxReflectorLine
from radio_bridge.drivers.svxreflector.settings import SvxReflectorSettings
from radio_bridge.drivers.svxreflector.sound import codecs
from radio_bridge.drivers.svxreflector.timing import SvxReflectorTiming
from radio_bridge.drivers.voice import Arrivals, FloorOwner, SoundSink

CAPS: Final = Caps(frozenset({Can.SPEAK, Can.HEAR, Can.NOTICE, Can.TALKER, Can.PRESENCE, Can.GRANT}))


class SvxReflectorDriver(LineNetwork[SvxReflectorLine]):
    """Implements `radio_bridge.drivers.voice.VoiceNetwork`."""

    kind = "svxreflector"
    caps = CAPS

    def __init__(
        self,
        settings: SvxReflectorSettings,
        clock: Clock,
        *,
        rng: random.Random | None = None,
        timing: SvxReflectorTiming | None = None,
    ) -> None:
        super().__init__(settings.network)
        self._there: Counter[str] = Counter()
        """Who is there, and on how many of our lines he was told: all have the same reflector."""
        ours = frozenset(one.callsign for one in settings.talkgroups)
        spoken = codecs()
        dice = rng or random.SystemRandom()
        self.lines = {
            line.group: line
            for line in (
                SvxReflectorLine(
                    settings, one, clock, codecs=spoken, ours=ours, rng=dice, timing=timing, nodes=self._note
                )
                for one in settings.talkgroups
            )
        }
        self.our_names = frozenset(line.our_name for line in self.lines.values())

    def attach(
        self, floor: FloorOwner, ears: SoundSink | None = None, arrivals: Arrivals | None = None
    ) -> None:
        self._floor = floor
        self._arrivals = arrivals
        for line in self.lines.values():
            line.attach(floor, ears)

    async def start(self) -> None:
        for group, line in self.lines.items():
            self._tasks.forever(group, line.run)

    async def stop(self) -> None:
        await self._tasks.stop()

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
