"""One AGI dialogue as a pure state machine: bytes and time in, effects out.

One command at a time, a deadline for each and for the whole; an answer that comes after its deadline
counts as a call that was handed over, because the dialplan's own timer has fired by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from core.clock import Clock
from gateway.agi.codec import AgiDecoder, AgiLimits, AgiReply, Broken, Environment, HangupLine, Item
from gateway.agi.errors import AgiError, Busy, CallGone, CallHandedOver, HandlerFinished, HungUp, OverTime


@dataclass(frozen=True, slots=True)
class AgiTiming:
    """Seconds: until the environment is there; for a command unless it says otherwise; for the whole."""

    silence: float = 3.0
    command: float = 3.0
    whole: float = 3600.0


class AgiState(Enum):
    ENVIRONMENT = "environment"
    READY = "ready"
    WAITING = "waiting"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AgiOpened:
    """The environment is complete: the handler may begin."""

    environment: Environment


@dataclass(frozen=True, slots=True)
class AgiAnswered:
    """The answer to the command that waited."""

    answer: AgiReply


@dataclass(frozen=True, slots=True)
class AgiEnded:
    """The dialogue is over; `error` goes to the command that waits, and to each later one."""

    error: AgiError


@dataclass(frozen=True, slots=True)
class AgiClose:
    """Close the connection."""


Effect = AgiOpened | AgiAnswered | AgiEnded | AgiClose


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
        self.state = AgiState.ENVIRONMENT
        self.late = 0
        self.stray = 0

    @property
    def malformed(self) -> int:
        """Lines that were no AGI and were dropped."""
        return self._decoder.malformed

    def send(self, deadline: float | None = None) -> None:
        """A command is about to be written. Raises `Busy`, or the `CallGone` that ended the dialogue."""
        if self._end is not None:
            raise self._end
        if self.state is not AgiState.READY:
            raise Busy
        self.state = AgiState.WAITING
        self._deadline = self._clock.monotonic() + (self._timing.command if deadline is None else deadline)

    def receive(self, data: bytes) -> list[Effect]:
        """Bytes from Asterisk."""
        effects: list[Effect] = []
        if self.state is AgiState.CLOSED:
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
        self._finish(CallHandedOver(), effects)
        return effects

    def finish(self) -> list[Effect]:
        """The handler is done: the dialplan goes on."""
        effects: list[Effect] = []
        self._finish(HandlerFinished(), effects)
        return effects

    def wakeup(self) -> float | None:
        """When to call `tick` at the latest (monotonic seconds), or None."""
        if self.state is AgiState.CLOSED:
            return None
        return min(self._deadline, self._over) if self.state is not AgiState.READY else self._over

    def tick(self) -> list[Effect]:
        """Do what is due by now."""
        effects: list[Effect] = []
        now = self._clock.monotonic()
        if self.state is AgiState.CLOSED:
            return effects
        if now >= self._over:
            self._finish(OverTime(), effects)
        elif self.state is AgiState.ENVIRONMENT and now >= self._deadline:
            self._finish(AgiError("the peer said nothing"), effects)
        elif self.state is AgiState.WAITING and now >= self._deadline:
            self._finish(CallHandedOver("no answer in time"), effects)
        return effects

    def _take(self, item: Item, effects: list[Effect]) -> None:
        match item:
            case Environment():
                self.state = AgiState.READY
                effects.append(AgiOpened(item))
            case HangupLine():
                # Asterisk writes the same line when it takes a living call back.
                self._finish(CallGone("hung up, or taken back"), effects)
            case AgiReply():
                self._take_answer(item, effects)

    def _take_answer(self, answer: AgiReply, effects: list[Effect]) -> None:
        if self.state is not AgiState.WAITING:
            self.stray += 1
            return
        if self._clock.monotonic() > self._deadline:
            self.late += 1
            self._finish(CallHandedOver("the answer came after its deadline"), effects)
            return
        if answer.code == 511:
            self._finish(HungUp(), effects)
            return
        self.state = AgiState.READY
        effects.append(AgiAnswered(answer))

    def _finish(self, error: AgiError, effects: list[Effect]) -> None:
        if self.state is AgiState.CLOSED:
            return
        self.state = AgiState.CLOSED
        self._end = error
        effects.append(AgiEnded(error))
        effects.append(AgiClose())
