"""Our own talk at a reflector, as a pure state machine: from the request to the grant, until it ends there.

The first frame is the question, and only the reflector's naming us is the grant. That a talk is over is said
until it is confirmed, whatever is lost on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from radio_bridge.drivers.svxreflector.effects import SvxKeyGranted, SvxKeyRefusal, SvxKeyRefused
from radio_bridge.drivers.svxreflector.messages import UdpAudio, UdpFlush
from radio_bridge.drivers.svxreflector.timing import SvxReflectorTiming


class KeyState(Enum):
    """The state of our floor request."""

    OFF = auto()
    WAITING = auto()
    """Our former talk is not over yet at the reflector."""
    ASKING = auto()
    WHY_NOT = auto()
    """We were not named in time, and have asked whether we are heard at all."""
    ON = auto()


@dataclass(frozen=True, slots=True)
class NotHeard:
    """UDP is not answered: the connection has to go, and a talk of ours with it."""


Step = UdpAudio | UdpFlush | SvxKeyGranted | SvxKeyRefused | NotHeard


class Keying:
    """Of one connection. Each method gives what is to be sent and told, in order."""

    def __init__(self, timing: SvxReflectorTiming, now: Callable[[], float]) -> None:
        self._timing = timing
        self._clock = now
        self.silence = b""
        """A frame of it in the network's codec."""
        self.state = KeyState.OFF
        self._since = self._last_frame = self._over_said = self._quiet_from = now()
        self._over_since: float | None = None
        """Since when the reflector has been told that our talk is over, without having confirmed it."""
        self._named = False
        """The reflector holds us for the talker."""
        self._answered = False
        self._slow = False

    # --- wishes ---------------------------------------------------------------------------------------

    def key(self, *, busy: bool) -> list[Step]:
        """We want to talk; `busy` while somebody else does."""
        if self.state is not KeyState.OFF:
            return []
        if busy:
            return [SvxKeyRefused(SvxKeyRefusal.BUSY)]
        if self._over_since is not None or self._clock() < self._quiet_from:
            self.state = KeyState.WAITING
            return []
        return self._ask()

    def unkey(self) -> list[Step]:
        """We have finished, or want it no more."""
        state, self.state = self.state, KeyState.OFF
        return [] if state in {KeyState.OFF, KeyState.WAITING} else self._say_over()

    def sound(self, data: bytes) -> list[Step]:
        """A frame of our talk; dropped without a grant."""
        if self.state is not KeyState.ON:
            return []
        self._last_frame = self._clock()
        return [UdpAudio(data)]

    def cut(self) -> list[Step]:
        """The connection is ending."""
        wanted, self.state = self.state is not KeyState.OFF, KeyState.OFF
        return [SvxKeyRefused(SvxKeyRefusal.DOWN)] if wanted else []

    @property
    def quiet(self) -> bool:
        """Nothing of ours is on its way."""
        return self.state in {KeyState.OFF, KeyState.WAITING}

    # --- what the reflector says ----------------------------------------------------------------------

    def we_talk(self) -> list[Step]:
        """It names us as the talker."""
        self._named = True
        if self.state is KeyState.ASKING:
            self.state = KeyState.ON
            return [SvxKeyGranted()]
        if self.state is KeyState.WHY_NOT:
            self._slow = True
        elif self.state is KeyState.OFF and self._over_since is None:
            return self._say_over()
        # Else its end is said already, and is on its way.
        return []

    def we_ended(self) -> list[Step]:
        """It says that our talk is over."""
        self._named = False
        steps: list[Step] = []
        if self.state is KeyState.ON:
            self.state = KeyState.OFF
            steps.append(SvxKeyRefused(SvxKeyRefusal.STOPPED))
        return steps + self._settle(0.0)

    def other_talks(self) -> list[Step]:
        """It names somebody else: he was first, or has come after us."""
        if self.state is KeyState.OFF:
            return []
        refusal = SvxKeyRefusal.STOPPED if self.state is KeyState.ON else SvxKeyRefusal.BUSY
        return [SvxKeyRefused(refusal), *self.unkey()]

    def confirmed(self) -> list[Step]:
        """It has heard that nothing of ours is to be heard."""
        if self.state is KeyState.WHY_NOT:
            if not self._answered:
                self._answered = True
                self._since = self._clock()
            return []
        # Where it had named us, the talk is over when it says so by name.
        return [] if self._named else self._settle(self._timing.settle)

    # --- time -----------------------------------------------------------------------------------------

    def moments(self) -> Iterator[float]:
        """When `tick` has something to do."""
        if self._over_since is not None:
            yield min(self._over_said + self._timing.over_every, self._over_since + self._timing.over_most)
        match self.state:
            case KeyState.WAITING if self._over_since is None:
                yield self._quiet_from
            case KeyState.ASKING:
                yield self._since + self._timing.grant
            case KeyState.WHY_NOT:
                yield self._verdict_due()
            case KeyState.ON:
                yield self._last_frame + self._timing.frame_missing

    def tick(self) -> list[Step]:
        now, steps = self._clock(), self._insist()
        match self.state:
            case KeyState.WAITING if self._over_since is None and now >= self._quiet_from:
                steps += self._ask()
            case KeyState.ASKING if now >= self._since + self._timing.grant:
                self.state = KeyState.WHY_NOT
                self._since = now
                steps += self._say_over()
            case KeyState.WHY_NOT if now >= self._verdict_due():
                steps += self._verdict()
            case KeyState.ON if now >= self._last_frame + self._timing.frame_missing:
                steps += self.sound(self.silence)
            case _:
                pass
        return steps

    # --- inside ---------------------------------------------------------------------------------------

    def _ask(self) -> list[Step]:
        self.state = KeyState.ASKING
        self._named = self._answered = self._slow = False
        self._since = self._last_frame = self._clock()
        return [UdpAudio(self.silence)]

    def _verdict_due(self) -> float:
        # Its name for us comes by another way than its answer, and may be a little later.
        return self._since + (self._timing.settle if self._answered else self._timing.why_not)

    def _verdict(self) -> list[Step]:
        """Why we were not named in time."""
        self.state = KeyState.OFF
        if not self._answered:
            return [SvxKeyRefused(SvxKeyRefusal.SILENT), NotHeard()]
        # One that was only slow has named us meanwhile, and has heard the end since.
        steps: list[Step] = [SvxKeyRefused(SvxKeyRefusal.SILENT if self._slow else SvxKeyRefusal.IGNORED)]
        return steps if self._named else steps + self._settle(self._timing.settle)

    def _say_over(self) -> list[Step]:
        self._over_said = self._clock()
        if self._over_since is None:
            self._over_since = self._over_said
        return [UdpFlush()]

    def _insist(self) -> list[Step]:
        """Say again that our talk is over, until it is."""
        now = self._clock()
        if self._over_since is None:
            return []
        if now >= self._over_since + self._timing.over_most:
            # The connection carries it better: the reflector ends a talk with it.
            return [NotHeard()]
        return self._say_over() if now >= self._over_said + self._timing.over_every else []

    def _settle(self, pause: float) -> list[Step]:
        """Our talk is over there. After one that was never named, its name may still be on its way."""
        if self._over_since is None:
            return []
        self._over_since = None
        self._quiet_from = self._clock() + pause
        return self._ask() if self.state is KeyState.WAITING and pause == 0.0 else []
