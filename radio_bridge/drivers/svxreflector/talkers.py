"""Who talks besides us, as a pure state machine: names come over TCP, sound over UDP, in either order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from radio_bridge.drivers.svxreflector.effects import SoundEnded, SvxSound, SvxTalkerBegan, SvxTalkerEnded
from radio_bridge.drivers.svxreflector.timing import SvxReflectorTiming

Step = SvxSound | SoundEnded | SvxTalkerBegan | SvxTalkerEnded


class SvxTalkers:
    """Of one connection. `talker` is empty for somebody of whom only the sound is known."""

    def __init__(self, timing: SvxReflectorTiming, now: Callable[[], float]) -> None:
        self._timing = timing
        self._clock = now
        self.talker: str | None = None
        self._nameless_since: float | None = None
        self._last_sound = now()

    @property
    def busy(self) -> bool:
        """Whether somebody talks, also one whose name has not come yet."""
        return self.talker is not None or self._nameless_since is not None

    def began(self, callsign: str) -> list[Step]:
        steps: list[Step] = []
        self._nameless_since = None
        if self.talker != callsign:
            if self.talker is not None:
                steps.append(SvxTalkerEnded(self.talker))
            self.talker = callsign
            steps.append(SvxTalkerBegan(callsign))
        return steps

    def ended(self) -> list[Step]:
        talker, self.talker = self.talker, None
        return [] if talker is None else [SvxTalkerEnded(talker)]

    def sound(self, data: bytes) -> list[Step]:
        self._last_sound = self._clock()
        if not self.busy:
            self._nameless_since = self._last_sound
        return [SvxSound(data)]

    def sound_ended(self) -> list[Step]:
        self._nameless_since = None
        steps: list[Step] = [SoundEnded()]
        return steps + self.ended() if self.talker == "" else steps

    def cut(self) -> list[Step]:
        """The connection is ending: nobody is heard any more."""
        steps: list[Step] = [SoundEnded()] if self.busy else []
        self._nameless_since = None
        return steps + self.ended()

    def moments(self) -> Iterator[float]:
        """When `tick` has something to do."""
        if self._nameless_since is not None:
            yield self._nameless_since + self._timing.nameless
        if self.talker == "":
            yield self._last_sound + self._timing.nameless_gone

    def tick(self) -> list[Step]:
        now, since = self._clock(), self._nameless_since
        if since is not None and now >= since + self._timing.nameless:
            # What does not go on is the rest of a talk whose end was lost.
            goes_on = self._last_sound >= since + self._timing.nameless / 2
            return self.began("") if goes_on else self.sound_ended()
        if self.talker == "" and now >= self._last_sound + self._timing.nameless_gone:
            return self.sound_ended()
        return []
