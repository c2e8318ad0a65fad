"""One radio at its interface, as a pure state machine: bytes and time in, effects out.

One command at a time is unanswered, and one message at a time is between the radio and the air. A radio that
says nothing is asked; one that does not answer is lost, and tried again with pauses that grow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from core.malformed import Malformed
from radio_bridge.drivers.tetra_pei import at
from radio_bridge.drivers.tetra_pei.effects import (
    Effect,
    PeiClose,
    PeiConnect,
    PeiDownReason,
    PeiWrite,
    RadioLost,
    RadioUp,
    SendResult,
    Unsolicited,
)
from radio_bridge.drivers.tetra_pei.identity import TetraIdentity

MOST_WAITING: Final = 200
"""Messages: minutes on the air. More are refused."""
RETRY_FIRST_S: Final = 1.0
RETRY_MOST_S: Final = 30.0
DATA_S: Final = 2.0
"""How long after its head the user data of a message may come."""
BEFORE: Final = b"\x1b\r\n"
"""Ends whatever somebody left half said on the line."""
PROFILES: Final = (
    "AT+CTSP=2,0,0",  # speech: who talks
    "AT+CTSP=1,1,11",  # group management
    "AT+CTSP=1,2,20",  # statuses
    "AT+CTSP=1,3,2",  # simple text
    "AT+CTSP=1,3,9",  # simple immediate text
    "AT+CTSP=1,3,10",  # LIP
    "AT+CTSP=1,3,130",  # text with transport layer
    "AT+CTSP=1,3,137",  # immediate text
    "AT+CTSP=1,3,138",  # text of several parts
)
"""What is to come over the interface and not to the radio's own screen."""
_ASK: Final = at.command("AT+CREG?")


class SetupStep(Enum):
    OFF = auto()
    WAITING = auto()
    CONNECTING = auto()
    SETTING_UP = auto()
    UP = auto()


@dataclass(frozen=True, slots=True)
class PeiTiming:
    """Seconds."""

    answer: float = 5.0
    """For a command."""
    sent: float = 8.0
    """For what became of a message, after the radio has taken it."""
    ask_every: float = 10.0
    """Of silence."""
    settle: float = 0.3
    """How long a radio may answer to what somebody left on the line: those answers are none of ours."""


@dataclass(frozen=True, slots=True)
class _QueuedMessage:
    tag: int
    number: str
    data: bytes
    bits: int


class PeiSession:
    """`talkgroups` are the radio's own groups from then on; without any they stay as they are."""

    def __init__(
        self, talkgroups: list[int], now: Callable[[], float], timing: PeiTiming | None = None
    ) -> None:
        self._talkgroups = talkgroups
        self._now = now
        self._timing = timing or PeiTiming()
        self.step = SetupStep.OFF
        self.reason = PeiDownReason.STARTING
        self.own: TetraIdentity | None = None
        self.registered: bool | None = None
        """Whether the radio is in its network; None where it has not said."""
        self.refused: list[str] = []
        """Commands of the setting up that the radio did not take."""
        self.malformed = 0
        self._failures = 0
        self._retry_at = 0.0
        self._begin_line()

    def _begin_line(self) -> None:
        """Nothing of a former line is left."""
        self._splitter = at.Splitter()
        self._head: at.ShortData | None = None
        self._head_at = 0.0
        self._setup: deque[bytes] = deque()
        self._waiting: deque[_QueuedMessage] = deque()
        self._asked: bytes | None = None
        self._asked_at = 0.0
        self._flying: _QueuedMessage | None = None
        self._taken_at: float | None = None
        self._instance: int | None = None
        self._kind = b""
        self._heard_at = self._settled_at = self._now()

    @property
    def waiting(self) -> int:
        """Commands that have no final answer."""
        return len(self._waiting) + (self._flying is not None)

    # --- the line -------------------------------------------------------------------------------------

    def start(self) -> list[Effect]:
        if self.step is not SetupStep.OFF:
            return []
        self.step = SetupStep.CONNECTING
        return [PeiConnect()]

    def stop(self) -> list[Effect]:
        if self.step is SetupStep.OFF:
            return []
        effects = self._lose(PeiDownReason.STOPPED)
        self.step = SetupStep.OFF
        return effects

    def link_up(self) -> list[Effect]:
        if self.step is not SetupStep.CONNECTING:
            return [PeiClose()]
        self._begin_line()
        self.step = SetupStep.SETTING_UP
        self.refused = []
        self.registered = None
        words = ["AT", "ATE0", "AT+CMEE=1", "AT+CNUMF?", "AT+CREG=1", "AT+CREG?", *PROFILES]
        self._setup.extend(at.command(word) for word in words)
        if self._talkgroups:
            self._setup.append(at.groups(self._talkgroups))
        self._settled_at = self._now() + self._timing.settle
        return [PeiWrite(BEFORE), *self._go_on()]

    def link_down(self, reason: PeiDownReason) -> list[Effect]:
        if self.step in {SetupStep.OFF, SetupStep.WAITING}:
            return []
        return self._lose(reason)

    # --- messages -------------------------------------------------------------------------------------

    def send(self, tag: int, number: str, data: bytes, bits: int) -> list[Effect] | None:
        """A message of type 4 to a radio, whose `SendResult` comes with the tag. None: not now."""
        if self.step is not SetupStep.UP or len(self._waiting) >= MOST_WAITING:
            return None
        self._waiting.append(_QueuedMessage(tag, number, data, bits))
        return self._go_on()

    # --- what comes -----------------------------------------------------------------------------------

    def received(self, data: bytes) -> list[Effect]:
        if self.step not in {SetupStep.SETTING_UP, SetupStep.UP}:
            return []
        dropped = self._splitter.dropped
        lines = self._splitter.feed(data)
        self.malformed += self._splitter.dropped - dropped
        effects: list[Effect] = []
        for text in lines:
            self._heard_at = self._now()
            if self._is_echo(text):
                return [*effects, *self._lose(PeiDownReason.RESTARTED)]
            effects += self._line(text)
        return effects

    def _is_echo(self, text: str) -> bool:
        """A radio that says again what it hears, although it was told not to, has been off in between; what
        is to come over the interface, it has forgotten, too.
        """
        if self.step is not SetupStep.UP or self._asked is None:
            return False
        return text == self._asked.partition(b"\r")[0].decode("ascii", "replace")

    def _line(self, text: str) -> list[Effect]:
        head, self._head = self._head, None
        try:
            if head is not None and not text.startswith(("+", "OK", "ERROR")):
                return [Unsolicited(at.with_data(head, text))]
            # A head whose data did not come is lost.
            self.malformed += head is not None
            return self._said(at.read(text))
        except Malformed:
            self.malformed += 1
            return []

    def _said(self, line: at.Line) -> list[Effect]:
        match line:
            case at.Ok() | at.AtError():
                return self._answered(line)
            case at.Handed():
                return self._handed(line)
            case at.ShortData():
                self._head, self._head_at = line, self._now()
            case at.OwnNumber(own):
                self.own = own
            case at.NetworkRegistration(registered):
                self.registered = registered
            case at.CallComes() | at.TransmissionGrant() | at.Ceased() | at.Released() | at.AttachedGroups():
                return [Unsolicited(line)]
        return []

    def _answered(self, answer: at.Ok | at.AtError) -> list[Effect]:
        asked, self._asked = self._asked, None
        if asked is None:
            return []
        failed = isinstance(answer, at.AtError)
        if self.step is SetupStep.SETTING_UP:
            if failed:
                self.refused.append(asked.decode("ascii", "replace").strip())
            return self._go_on()
        if failed and asked.startswith(b"AT+CTSDS"):
            self._kind = b""
        if self._flying is None or not asked.startswith((b"AT+CMGS", b"AT+CTSDS")):
            return self._go_on()
        if failed:
            return self._landed(sent=False)
        if asked.startswith(b"AT+CMGS"):
            self._taken_at = self._now()
        return self._go_on()

    def _handed(self, line: at.Handed) -> list[Effect]:
        """The radio's number for the message, and later what became of it."""
        asked = self._asked or b""
        if self._flying is None or not (self._taken_at is not None or asked.startswith(b"AT+CMGS")):
            return []
        if line.status is None:
            self._instance = line.instance
            return []
        if self._instance is not None and line.instance != self._instance:
            return []
        if line.status in {at.SENT, at.NOT_SENT}:
            return self._landed(sent=line.status == at.SENT)
        return []

    def _landed(self, *, sent: bool) -> list[Effect]:
        flying, self._flying, self._taken_at, self._instance = self._flying, None, None, None
        told: list[Effect] = [] if flying is None else [SendResult(flying.tag, sent)]
        return told + self._go_on()

    # --- what is said ---------------------------------------------------------------------------------

    def _go_on(self) -> list[Effect]:
        """The next command, when the last one was answered."""
        if self._asked is not None or self._now() < self._settled_at:
            return []
        if self.step is SetupStep.SETTING_UP and self._setup:
            return self._say(self._setup.popleft())
        if self.step is SetupStep.SETTING_UP:
            self.step = SetupStep.UP
            self._failures = 0
            return [RadioUp(self.own)]
        return self._next_message() if self.step is SetupStep.UP else []

    def _next_message(self) -> list[Effect]:
        if self._flying is None and self._waiting:
            self._flying = self._waiting.popleft()
        message = self._flying
        if message is None or self._taken_at is not None:
            return []
        kind = at.send_kind(at.TYPE_4, message.number)
        if kind != self._kind:
            self._kind = kind
            return self._say(kind)
        return self._say(at.send(message.number, message.data, message.bits))

    def _say(self, data: bytes) -> list[Effect]:
        self._asked, self._asked_at = data, self._now()
        return [PeiWrite(data)]

    # --- time -----------------------------------------------------------------------------------------

    def wakeup(self) -> float | None:
        """When `tick` has something to do (monotonic seconds), or None."""
        if self.step is SetupStep.WAITING:
            return self._retry_at
        if self.step not in {SetupStep.SETTING_UP, SetupStep.UP}:
            return None
        moments = [self._heard_at + self._timing.ask_every]
        if self.step is SetupStep.SETTING_UP and self._asked is None:
            moments = [self._settled_at]
        if self._asked is not None:
            moments = [self._asked_at + self._timing.answer]
        if self._taken_at is not None:
            moments.append(self._taken_at + self._timing.sent)
        if self._head is not None:
            moments.append(self._head_at + DATA_S)
        return min(moments)

    def tick(self) -> list[Effect]:
        now = self._now()
        if self.step is SetupStep.WAITING and now >= self._retry_at:
            self.step = SetupStep.CONNECTING
            return [PeiConnect()]
        if self.step not in {SetupStep.SETTING_UP, SetupStep.UP}:
            return []
        if self._head is not None and now >= self._head_at + DATA_S:
            self._head = None
            self.malformed += 1
        if self._asked is not None and now >= self._asked_at + self._timing.answer:
            return self._lose(PeiDownReason.SILENT)
        effects = self._go_on() if self.step is SetupStep.SETTING_UP else []
        if self._taken_at is not None and now >= self._taken_at + self._timing.sent:
            # Some radios do not say what became of it.
            effects += self._landed(sent=True)
        if self._asked is None and now >= self._heard_at + self._timing.ask_every:
            effects += self._say(_ASK)
        return effects

    def _lose(self, reason: PeiDownReason) -> list[Effect]:
        """Whatever waits is not sent: its sender hears it, and decides."""
        unsent = [*([self._flying] if self._flying is not None else []), *self._waiting]
        self._begin_line()
        self.step = SetupStep.WAITING
        self.reason = reason
        self.registered = None
        pause = min(RETRY_FIRST_S * 2**self._failures, RETRY_MOST_S)
        self._failures = min(self._failures + 1, 16)
        self._retry_at = self._now() + pause
        return [PeiClose(), *(SendResult(one.tag, sent=False) for one in unsent), RadioLost(reason)]
