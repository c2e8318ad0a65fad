"""Who has a channel that nobody arbitrates, as a pure state machine: whoever begins first, until he ends.

While we talk nobody else is heard; who goes on after our end is heard next, and we are busy for as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from radio_bridge.drivers.unarbitrated.effects import (
    KeyGranted,
    KeyRefused,
    Refusal,
    SoundFrame,
    TalkerBegan,
    TalkerEnded,
)

GONE_S: Final = 0.5
"""Whose sound stops for so long has ended, whether or not that was said."""

Step = KeyGranted | KeyRefused | TalkerBegan | TalkerEnded | SoundFrame


class ChannelTurns:
    """Of one channel. Each method gives what is to be told, in order."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._clock = now
        self.ours = False
        """We talk."""
        self.talker: str | None = None
        """Who there is heard."""
        self._last_sound = 0.0
        self._waits_until = 0.0
        """Until then somebody counts as talking whom we talk over."""

    def key(self) -> list[Step]:
        """We want to talk."""
        if self.ours:
            return []
        if self.talker is not None or self._clock() < self._waits_until:
            return [KeyRefused(Refusal.BUSY)]
        self.ours = True
        return [KeyGranted()]

    def unkey(self) -> bool:
        """We have finished; whether we had talked."""
        was, self.ours = self.ours, False
        return was

    def stop(self, refusal: Refusal) -> list[Step]:
        """Our talk cannot go on."""
        return [KeyRefused(refusal)] if self.unkey() else []

    def heard(self, name: str, frames: Sequence[bytes]) -> list[Step]:
        """Sound of somebody there, or his button alone; of a second one at the same time nothing is told."""
        now = self._clock()
        if self.ours:
            self._waits_until = now + GONE_S
            return []
        if self.talker not in {None, name}:
            return []
        began: list[Step] = [] if self.talker == name else [TalkerBegan(name)]
        self.talker = name
        self._last_sound = now
        return [*began, *map(SoundFrame, frames)]

    def renamed(self, name: str) -> list[Step]:
        """Who is heard has this name."""
        if self.talker is None or self.talker == name:
            return []
        self.talker = name
        return [TalkerBegan(name)]

    def over(self, name: str | None = None) -> list[Step]:
        """He has ended his talk; without a name: whoever talks."""
        self._waits_until = 0.0
        if self.talker is None or name not in {None, self.talker}:
            return []
        self.talker = None
        return [TalkerEnded()]

    def cut(self) -> list[Step]:
        """There is no link any more."""
        return [*self.stop(Refusal.DOWN), *self.over()]

    def moments(self) -> Iterator[float]:
        """When `tick` has something to do."""
        if self.talker is not None:
            yield self._last_sound + GONE_S

    def tick(self) -> list[Step]:
        if self.talker is not None and self._clock() >= self._last_sound + GONE_S:
            return self.over()
        return []
