"""One AGI dialogue as a pure state machine: bytes and time in, effects out.

One command at a time, a deadline for each and for the whole; an answer that comes after its deadline
counts as a call that was handed over, because the dialplan's own timer has fired by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from core.clock import Clock
from gateway.agi.codec import AgiDecoder, AgiLimits, Answer, Broken, Environment, Hangup, Item
from gateway.agi.errors import AgiError, Busy, CallGone, Finished, HandedOver, HungUp, OverTime


@dataclass(frozen=True, slots=True)
class AgiTiming:
    """Seconds: until the environment is there; for a command unless it says otherwise; for the whole."""

    silence: float = 3.0
    command: float = 3.0
    whole: float = 3600.0


class State(Enum):
    ENVIRONMENT = "environment"
    READY = "ready"
    WAITING = "waiting"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Opened:
    """The environment is complete: the handler may begin."""

    environment: Environment


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to the command that waited."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Ended:
    """The dialogue is over; `error` goes to the command that waits, and to each later one."""

    error: AgiError


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection."""


Effect = Opened | Answered | Ended | Close


class AgiSession:
    """`late` counts answers that came after their deadline, `stray` those that nobody waited for."""

    def __init__(
        self, *, clock: Clock, timing: AgiTiming | None = None, limits: AgiLimits | None = None
    ) -> None:
        self._clock = clock
        self._timing = timing or AgiTiming()
        self._decoder = AgiDecoder(limits)
        now = clock.monotonic()
        self._deadline = now + self._timing.silence
        self._over = now + self._timing.whole
        self._end: AgiError | None = None
        self.state = State.ENVIRONMENT
        self.late = 0
        self.stray = 0

    @property
    def malformed(self) -> int:
        return self._decoder.malformed

    def send(self, deadline: float | None = None) -> None:
        """A command is about to be written. Raises `Busy`, or the `CallGone` that ended the dialogue."""
        if self._end is not None:
            raise self._end
        if self.state is not State.READY:
            raise Busy
        self.state = State.WAITING
        self._deadline = self._clock.monotonic() + (self._timing.command if deadline is None else deadline)

    def receive(self, data: bytes) -> list[Effect]:
        """Bytes from Asterisk."""
        effects: list[Effect] = []
        if self.state is State.CLOSED:
            return effects
        try:
            items = self._decoder.feed(data)
        except Broken:
            self._finish(AgiError("the peer broke the protocol"), effects)
            return effects
        for item in items:
            if self._end is None:
                self._take(item, effects)
        return effects

    def lost(self) -> list[Effect]:
        """The connection ended, by a close or a reset."""
        effects: list[Effect] = []
        self._finish(HandedOver(), effects)
        return effects

    def finish(self) -> list[Effect]:
        """The handler is done: the dialplan goes on."""
        effects: list[Effect] = []
        self._finish(Finished(), effects)
        return effects

    def wakeup(self) -> float | None:
        """When to call `tick` at the latest (monotonic seconds), or None."""
        if self.state is State.CLOSED:
            return None
        return min(self._deadline, self._over) if self.state is not State.READY else self._over

    def tick(self) -> list[Effect]:
        """Do what is due by now."""
        effects: list[Effect] = []
        now = self._clock.monotonic()
        if self.state is State.CLOSED:
            return effects
        if now >= self._over:
            self._finish(OverTime(), effects)
        elif self.state is State.ENVIRONMENT and now >= self._deadline:
            self._finish(AgiError("the peer said nothing"), effects)
        elif self.state is State.WAITING and now >= self._deadline:
            self._finish(HandedOver("no answer in time"), effects)
        return effects

    def _take(self, item: Item, effects: list[Effect]) -> None:
        match item:
            case Environment():
                self.state = State.READY
                effects.append(Opened(item))
            case Hangup():
                # Asterisk writes the same line when it takes a living call back.
                self._finish(CallGone("hung up, or taken back"), effects)
            case Answer():
                self._take_answer(item, effects)

    def _take_answer(self, answer: Answer, effects: list[Effect]) -> None:
        if self.state is not State.WAITING:
            self.stray += 1
            return
        if self._clock.monotonic() > self._deadline:
            self.late += 1
            self._finish(HandedOver("the answer came after its deadline"), effects)
            return
        if answer.code == 511:
            self._finish(HungUp(), effects)
            return
        self.state = State.READY
        effects.append(Answered(answer))

    def _finish(self, error: AgiError, effects: list[Effect]) -> None:
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        self._end = error
        effects.append(Ended(error))
        effects.append(Close())
