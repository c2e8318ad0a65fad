"""A repeater at a master, as a pure state machine: datagrams and time in, effects out.

Signed in anew, with pauses that grow, whenever the master is silent, closes or knows us no more.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final

from core.clock import Clock
from core.malformed import Malformed
from radio_bridge.codecs import dmrd
from radio_bridge.drivers.dmr_homebrew import messages as m
from radio_bridge.drivers.dmr_homebrew.effects import (
    BurstReceived,
    Effect,
    HomebrewDownReason,
    HomebrewSend,
    StationDown,
    StationUp,
)

PING_S: Final = 5.0
SILENT_S: Final = 15.0
ANSWER_S: Final = 3.0
RETRY_FIRST_S: Final = 1.0
RETRY_MOST_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class HomebrewAccount:
    """How we sign in; `options` are said to the master where there are some."""

    number: int
    password: str = field(repr=False)
    callsign: str
    colour_code: int = 1
    options: str = ""


class LoginStep(Enum):
    """How far signing in is."""

    OFF = auto()
    WAITING = auto()
    LOGIN = auto()
    PROOF = auto()
    CONFIGURATION = auto()
    OPTIONS = auto()
    UP = auto()


class Peer:
    """At one master."""

    def __init__(
        self, account: HomebrewAccount, *, clock: Clock, rng: random.Random, silent_s: float = SILENT_S
    ) -> None:
        self._account = account
        self._silent_s = silent_s
        self._clock = clock
        self._rng = rng
        self.step = LoginStep.OFF
        self.reason = HomebrewDownReason.STARTING
        self.malformed = 0
        self.stray = 0
        self._failures = 0
        self._due = 0.0
        self._heard = 0.0

    @property
    def stations(self) -> frozenset[int]:
        """Ours, while the master lets us in."""
        return frozenset({self._account.number}) if self.step is LoginStep.UP else frozenset()

    def start(self) -> list[Effect]:
        return self._login() if self.step is LoginStep.OFF else []

    def stop(self) -> list[Effect]:
        """The master is told."""
        if self.step is LoginStep.OFF:
            return []
        effects: list[Effect] = [HomebrewSend(m.encode(m.Closing(self._account.number)))]
        self._end(HomebrewDownReason.STOPPED, effects)
        self.step = LoginStep.OFF
        return effects

    def datagram(self, data: bytes) -> list[Effect]:
        """One of the master. What is nonsense is counted."""
        if self.step is LoginStep.OFF:
            return []
        try:
            if data.startswith(dmrd.MAGIC):
                return self._burst(dmrd.decode(data))
            return self._message(m.decode(data))
        except Malformed:
            self.malformed += 1
            return []

    def send(self, station: int, frame: dmrd.Frame) -> list[Effect]:
        """Nothing while the master does not let us in."""
        if station not in self.stations:
            return []
        return [HomebrewSend(dmrd.encode(replace(frame, repeater=self._account.number)))]

    def wakeup(self) -> float | None:
        """When to call `tick` at the latest (monotonic seconds), or None."""
        if self.step is LoginStep.OFF:
            return None
        return min(self._due, self._heard + self._silent_s) if self.step is LoginStep.UP else self._due

    def tick(self) -> list[Effect]:
        """Do what is due by now."""
        effects: list[Effect] = []
        now = self._clock.monotonic()
        if self.step is LoginStep.UP and now >= self._heard + self._silent_s:
            self._end(HomebrewDownReason.SILENT, effects)
        elif self.step is LoginStep.UP and now >= self._due:
            self._due = now + PING_S
            effects.append(HomebrewSend(m.encode(m.RepeaterPing(self._account.number))))
        elif self.step is LoginStep.WAITING and now >= self._due:
            return self._login()
        elif self.step not in {LoginStep.OFF, LoginStep.WAITING, LoginStep.UP} and now >= self._due:
            self._end(HomebrewDownReason.SILENT, effects)
        return effects

    def _login(self) -> list[Effect]:
        return self._say(m.Login(self._account.number), LoginStep.LOGIN)

    def _say(self, message: m.Message, step: LoginStep) -> list[Effect]:
        self.step = step
        self._due = self._clock.monotonic() + ANSWER_S
        return [HomebrewSend(m.encode(message))]

    def _burst(self, frame: dmrd.Frame) -> list[Effect]:
        if self.step is not LoginStep.UP:
            self.stray += 1
            return []
        self._heard = self._clock.monotonic()
        return [BurstReceived(self._account.number, frame)]

    def _message(self, message: m.Message) -> list[Effect]:
        effects: list[Effect] = []
        match message:
            case m.RepeaterAck(value):
                return self._acknowledged(value)
            case m.MasterPong() if self.step is LoginStep.UP:
                self._heard = self._clock.monotonic()
            case m.Nak():
                self._end(
                    HomebrewDownReason.CLOSED if self.step is LoginStep.UP else HomebrewDownReason.DENIED,
                    effects,
                )
            case m.MasterClosing():
                self._end(HomebrewDownReason.CLOSED, effects)
            case _:
                self.stray += 1
        return effects

    def _acknowledged(self, value: int) -> list[Effect]:
        account = self._account
        match self.step:
            case LoginStep.LOGIN:
                return self._say(
                    m.LoginProof(account.number, m.proof(value, account.password)), LoginStep.PROOF
                )
            case LoginStep.PROOF:
                about = m.Configuration(
                    account.number, account.callsign, "000000000", "000000000", "00",
                    f"{account.colour_code:02d}", "00.00000", "000.00000", "000", "", "Songhua", "3", "",
                    "Songhua", "Songhua",
                )  # fmt: skip
                return self._say(about, LoginStep.CONFIGURATION)
            case LoginStep.CONFIGURATION if account.options:
                return self._say(m.Options(account.number, account.options), LoginStep.OPTIONS)
            case LoginStep.CONFIGURATION | LoginStep.OPTIONS:
                now = self._clock.monotonic()
                self.step, self._failures, self._heard, self._due = LoginStep.UP, 0, now, now + PING_S
                return [StationUp(account.number)]
        return []

    def _end(self, reason: HomebrewDownReason, effects: list[Effect]) -> None:
        """Not, or no longer, signed in; told once for each time that it was, and for each new reason."""
        if self.step is LoginStep.WAITING:
            return
        if self.step is LoginStep.UP or reason is not self.reason:
            effects.append(StationDown(self._account.number, reason))
        self.reason = reason
        pause = min(RETRY_MOST_S, RETRY_FIRST_S * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        self.step = LoginStep.WAITING
        self._due = self._clock.monotonic() + pause * (0.75 + 0.5 * self._rng.random())
