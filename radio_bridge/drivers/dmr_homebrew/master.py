"""The master of repeaters, as a pure state machine: datagrams and time in, effects out."""

from __future__ import annotations

import hmac
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from core.clock import Clock
from core.malformed import Malformed
from radio_bridge.codecs import dmrd
from radio_bridge.drivers.dmr_homebrew import messages as m
from radio_bridge.drivers.dmr_homebrew.effects import (
    Address,
    BurstReceived,
    Effect,
    HomebrewDownReason,
    HomebrewSend,
    LoginRefused,
    StationDown,
    StationUp,
)

SILENT_S: Final = 15.0
"""Repeaters ping every 5 to 10 s."""
LOGIN_S: Final = 30.0
"""A repeater asks again every 5 s; while its first salt stands, each answer is the same."""
MOST_ASKING: Final = 1_000
BURST_REFUSED_S: Final = 5.0
"""Bursts of who is not signed in are refused once in so long, and never while he signs in: a refusal for each
burst (one every 60 ms) throws a repeater back to the beginning as long as a radio behind it talks.
"""


class _StationStep(Enum):
    SALTED = auto()
    PROVEN = auto()


@dataclass(slots=True)
class _Asking:
    """A repeater on its way in. Anybody may ask in its name: who is in goes when the password is right."""

    step: _StationStep
    salt: int
    since: float


@dataclass(slots=True)
class _Station:
    address: Address
    heard: float


class Master:
    """`passwords` by the repeater's number: nobody else is let in, and nothing is kept of him."""

    def __init__(
        self, passwords: Mapping[int, str], *, clock: Clock, rng: random.Random, silent_s: float = SILENT_S
    ) -> None:
        self._passwords = passwords
        self._silent_s = silent_s
        self._clock = clock
        self._rng = rng
        self._stations: dict[int, _Station] = {}
        self._asking: dict[tuple[int, Address], _Asking] = {}
        self._bursts_refused: dict[Address, float] = {}
        self.malformed = 0
        self.stray = 0
        """Datagrams of who is not signed in."""

    @property
    def stations(self) -> frozenset[int]:
        """The repeaters that are signed in."""
        return frozenset(self._stations)

    def start(self) -> list[Effect]:
        """It waits to be called."""
        return []

    def stop(self) -> list[Effect]:
        """The repeaters are told, and forgotten."""
        effects: list[Effect] = []
        for number in list(self._stations):
            effects.append(HomebrewSend(m.encode(m.MasterClosing(number)), self._stations[number].address))
            self._drop(number, HomebrewDownReason.STOPPED, effects)
        self._asking.clear()
        return effects

    def datagram(self, data: bytes, address: Address) -> list[Effect]:
        """One that came from there. What is nonsense is counted: anybody can send such."""
        try:
            if data.startswith(dmrd.MAGIC):
                return self._burst(dmrd.decode(data), address)
            return self._message(m.decode(data), address)
        except Malformed:
            self.malformed += 1
            return []

    def send(self, station: int, frame: dmrd.Frame) -> list[Effect]:
        """To one repeater; nothing when it is not signed in."""
        known = self._stations.get(station)
        return (
            []
            if known is None
            else [HomebrewSend(dmrd.encode(replace(frame, repeater=station)), known.address)]
        )

    def wakeup(self) -> float | None:
        """When to call `tick` at the latest (monotonic seconds), or None."""
        moments = [one.heard + self._silent_s for one in self._stations.values()]
        moments += [one.since + LOGIN_S for one in self._asking.values()]
        return min(moments, default=None)

    def tick(self) -> list[Effect]:
        """Who is not heard any more goes."""
        effects: list[Effect] = []
        now = self._clock.monotonic()
        for number in [number for number, one in self._stations.items() if now >= one.heard + self._silent_s]:
            self._drop(number, HomebrewDownReason.SILENT, effects)
        for key in [key for key, one in self._asking.items() if now >= one.since + LOGIN_S]:
            del self._asking[key]
        return effects

    def _burst(self, frame: dmrd.Frame, address: Address) -> list[Effect]:
        if not self._is_in(frame.repeater, address):
            return self._refuse_burst(frame.repeater, address)
        return [BurstReceived(frame.repeater, frame)]

    def _message(self, message: m.Message, address: Address) -> list[Effect]:
        match message:
            case m.Login(number):
                return self._login(number, address)
            case m.LoginProof(number, digest):
                return self._proof(number, digest, address)
            case m.Configuration(number):
                return self._configured(number, message.callsign, address)
            case m.RepeaterPing(number) | m.Options(number):
                if not self._is_in(number, address):
                    return self._nak(number, address)
                answer = (
                    m.MasterPong(number) if isinstance(message, m.RepeaterPing) else m.RepeaterAck(number)
                )
                return [HomebrewSend(m.encode(answer), address)]
        effects: list[Effect] = []
        if isinstance(message, m.Closing) and self._is_in(message.repeater, address):
            self._drop(message.repeater, HomebrewDownReason.CLOSED, effects)
        else:
            # A master hears no master; a talker's alias stands in the bursts, too.
            self.stray += 1
        return effects

    def _login(self, number: int, address: Address) -> list[Effect]:
        if number not in self._passwords:
            return [*self._nak(number, address), LoginRefused(number)]
        asking = self._asking.get((number, address))
        if asking is not None:
            # It asked again before our answer came: its proof may be of the salt that is under way.
            asking.step = _StationStep.SALTED
            return [HomebrewSend(m.encode(m.RepeaterAck(asking.salt)), address)]
        if len(self._asking) >= MOST_ASKING:
            self._asking.pop(next(iter(self._asking)))
        salt = self._rng.getrandbits(8 * m.SALT_BYTES)
        self._asking[number, address] = _Asking(_StationStep.SALTED, salt, self._clock.monotonic())
        return [HomebrewSend(m.encode(m.RepeaterAck(salt)), address)]

    def _proof(self, number: int, digest: bytes, address: Address) -> list[Effect]:
        asking = self._asking.get((number, address))
        if asking is None:
            return self._nak(number, address)
        if not hmac.compare_digest(digest, m.proof(asking.salt, self._passwords[number])):
            del self._asking[number, address]
            return [*self._nak(number, address), LoginRefused(number)]
        asking.step = _StationStep.PROVEN
        return [HomebrewSend(m.encode(m.RepeaterAck(number)), address)]

    def _configured(self, number: int, callsign: str, address: Address) -> list[Effect]:
        asking = self._asking.get((number, address))
        if asking is None or asking.step is not _StationStep.PROVEN:
            if self._is_in(number, address):
                return [HomebrewSend(m.encode(m.RepeaterAck(number)), address)]
            return self._nak(number, address)
        effects: list[Effect] = []
        self._drop(number, HomebrewDownReason.RESTARTED, effects)
        for key in [key for key in self._asking if key[0] == number]:
            del self._asking[key]
        self._stations[number] = _Station(address, self._clock.monotonic())
        return [*effects, HomebrewSend(m.encode(m.RepeaterAck(number)), address), StationUp(number, callsign)]

    def _refuse_burst(self, number: int, address: Address) -> list[Effect]:
        now = self._clock.monotonic()
        last = self._bursts_refused.get(address)
        if (number, address) in self._asking or (last is not None and now < last + BURST_REFUSED_S):
            self.stray += 1
            return []
        self._bursts_refused.pop(address, None)
        if len(self._bursts_refused) >= MOST_ASKING:
            self._bursts_refused.pop(next(iter(self._bursts_refused)))
        self._bursts_refused[address] = now
        return self._nak(number, address)

    def _nak(self, number: int, address: Address) -> list[Effect]:
        self.stray += 1
        return [HomebrewSend(m.encode(m.Nak(number)), address)]

    def _is_in(self, number: int, address: Address) -> bool:
        """Whether it is signed in from there; then it was heard now."""
        known = self._stations.get(number)
        if known is None or known.address != address:
            return False
        known.heard = self._clock.monotonic()
        return True

    def _drop(self, number: int, reason: HomebrewDownReason, effects: list[Effect]) -> None:
        if self._stations.pop(number, None) is not None:
            effects.append(StationDown(number, reason))
