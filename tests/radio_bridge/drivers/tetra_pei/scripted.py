"""A session with a radio that answers as a script says; a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable

from radio_bridge.drivers.tetra_pei.effects import (
    Effect,
    PeiConnect,
    PeiWrite,
    RadioLost,
    RadioUp,
    SendResult,
    Unsolicited,
)
from radio_bridge.drivers.tetra_pei.session import PeiSession, PeiTiming

OWN = "+CNUMF: 6,09011638300023401"
ANSWERS = {"AT+CNUMF?": [OWN], "AT+CREG?": ["+CREG: 1,1,90116383"]}
TIMING = PeiTiming(settle=0.5)


class Scripted:
    """`answer` gives the lines that a command is answered with; None: nothing at all."""

    def __init__(self, talkgroups: list[int] | None = None) -> None:
        self.now = 0.0
        self.session = PeiSession([1001] if talkgroups is None else talkgroups, lambda: self.now, TIMING)
        self.answer: Callable[[str], list[str] | None] = ordinary
        self.said: list[bytes] = []
        self.told: list[Effect] = []
        self.connects = 0

    def do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case PeiConnect():
                    self.connects += 1
                case PeiWrite(data):
                    self.said.append(data)
                    self._reply(data)
                case RadioUp() | RadioLost() | Unsolicited() | SendResult():
                    self.told.append(effect)

    def _reply(self, data: bytes) -> None:
        if data == b"\x1b\r\n":
            return
        words = data.split(b"\r\n")[0].decode()
        lines = self.answer(words)
        if lines is not None:
            self.hear(*lines)

    def hear(self, *lines: str) -> None:
        self.do(self.session.received("".join(f"\r\n{line}\r\n" for line in lines).encode()))

    def up(self) -> None:
        self.do(self.session.start())
        self.do(self.session.link_up())
        self.wait(TIMING.settle)

    def wait(self, seconds: float, step: float = 0.25) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now = min(self.now + step, until)
            self.do(self.session.tick())

    def commands(self) -> list[str]:
        return [data.split(b"\r\n")[0].decode() for data in self.said if data.startswith(b"AT")]

    def fates(self) -> list[SendResult]:
        return [one for one in self.told if isinstance(one, SendResult)]


def ordinary(words: str) -> list[str] | None:
    """A radio that does all that it is told, and sends what it has."""
    if words.startswith("AT+CMGS"):
        return ["+CMGS: 7", "OK", "+CMGS: 7,4"]
    return [*ANSWERS.get(words, []), "OK"]
