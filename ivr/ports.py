"""Ports of the dialogue: the telephone and other rooms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from core.clock import Clock, SystemClock
from core.events import Event


class HandedOver(Exception):
    """The line is no longer ours: the caller hung up, or the dialplan has taken him to a person.

    Raised by a `CallerLine`; the flow then ends without another word.
    """


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller, as the switch reports. `number` may be empty or any digits: it is data.

    `waited_s` counts from the first time that he was put into a queue, `round` the rounds that he has waited;
    `full`: the queue had no place for him.
    """

    uniqueid: str = ""
    linkedid: str = ""
    number: str = field(default="", repr=False)
    called: str = ""
    trunk: str = ""
    language: str = ""
    waited_s: int = 0
    round: int = 0
    full: bool = False
    channel: str = ""
    """The switch's own name of his line."""


@dataclass(frozen=True, slots=True)
class RecordingSpan:
    """Seconds from the beginning of the caller's recording; `gone`: he hung up at its end."""

    start_s: float
    end_s: float
    gone: bool = False


@dataclass(frozen=True, slots=True)
class CallerInput:
    """What a caller did when he might speak or press: the keys, and whether the switch heard him speak."""

    keys: str = ""
    spoke: bool = False


class CallerLine(Protocol):
    """One caller. Each may raise `HandedOver`."""

    async def play(self, file: Path) -> None:
        """Play a sound file to its end; the path is absolute and has its suffix."""
        ...

    async def hear(self, file: Path) -> str:
        """Play a sound file until a key is pressed; the keys, empty when it was heard to its end."""
        ...

    async def say_digits(self, digits: str) -> None:
        """Digits 0-9, one by one, in the line's language."""
        ...

    async def read_digits(self, file: Path, *, most: int, wait_s: int) -> str:
        """Play, and give what the caller presses; empty after `wait_s` seconds of nothing.

        Where one digit is asked for (`most` = 1), a whole emergency number may come all the same.
        """
        ...

    async def listen(self, file: Path) -> Literal["heard", "silent", "pressed"]:
        """Play, and say whether the caller speaks, or presses a key, within some seconds."""
        ...

    async def ask(self, file: Path, *, most: int) -> CallerInput:
        """Play, and wait until he has said something and is silent again, or has pressed up to `most` keys.

        Keys count at any time, also while he speaks; emergency numbers among them as in `read_digits`.
        """
        ...

    async def record(self, most_s: int) -> RecordingSpan:
        """After a tone, wait while the caller speaks: until `#`, some seconds of silence, or `most_s`."""
        ...

    async def set_language(self, language: str) -> None:
        """Prompts and the switch's own announcements are in this language from now on."""
        ...

    async def notice_played(self) -> None:
        """The caller has heard that the call is recorded."""
        ...

    async def priority(self, level: int) -> None:
        """0 (last) to 20 (first) in every queue from now on."""
        ...

    async def survey_after(self) -> None:
        """When the agent hangs up, the caller is asked how it was."""
        ...

    async def queue(self, name: str) -> None:
        """When the flow is finished, the caller goes into this queue."""
        ...

    async def stay(self) -> None:
        """When the flow is finished, the caller goes on waiting where he was."""
        ...

    async def emergency(self, number: str) -> None:
        """When the flow is finished, the caller is handed over to this emergency number."""
        ...

    async def hangup(self) -> None:
        """When the flow is finished, the call ends."""
        ...

    async def finished(self) -> None:
        """The flow's word that it ended well; without it the dialplan takes the caller to a person."""
        ...


LookUps = Mapping[str, Callable[[str], Awaitable[str]]]
"""What a flow may ask (`set: {ask: …}`), by name: a value in, a word out."""

Checks = Mapping[str, Callable[[str], bool]]
"""Whether typed digits can be right at all (`digits: {check: …}`), by name: a check digit, say."""

CallbackReason = Literal["overflow", "out-of-hours", "voicemail", "asked"]


class AnswerRecognition(Protocol):
    """A machine that hears one caller's answer."""

    async def code(self, length: int, within_s: float) -> str | None:
        """The digits that were said, if they are so many; empty when it was something else or nothing.

        None while that is not known yet. The caller is done with speaking when this is asked first.
        """
        ...

    def stop(self) -> None:
        """Stop listening and drop what was heard; returns at once. May be repeated."""
        ...


class Ear(Protocol):
    """Understands digits that callers say."""

    def ready(self, language: str) -> bool:
        """Whether an answer of a caller who hears this language would be understood now; never waits."""
        ...

    async def listen(self, caller: Caller, language: str) -> AnswerRecognition | None:
        """Hear this caller from when it returns, which is at once or not at all (None). Never raises."""
        ...


class CallbackRequests(Protocol):
    """Takes requests for a callback."""

    async def request(
        self,
        *,
        uniqueid: str,
        linkedid: str,
        number: str,
        language: str,
        reason: CallbackReason,
        voicemail: tuple[float, float] | None,
    ) -> Literal["accepted", "refused"]:
        """`voicemail`: where the message stands in the caller's own recording, in seconds."""
        ...


class QueueEstimates(Protocol):
    def position(self, uniqueid: str) -> tuple[int, float] | None:
        """The place (1 is the next) and the expected wait in seconds; None when it is not known.

        Asked while the caller is out of the queue for a moment: the place that he had when he left it.
        """
        ...


class OpeningHours(Protocol):
    def is_open(self, at: datetime) -> bool: ...


class AlwaysOpen:
    """The settings name no hours."""

    def is_open(self, at: datetime) -> bool:  # noqa: ARG002
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrPorts:
    """`keep` takes events at once and never raises (`ivr.reporting`). What is missing leads to a person."""

    callbacks: CallbackRequests
    figures: QueueEstimates
    ear: Ear
    hours: OpeningHours = field(default_factory=AlwaysOpen)
    look_ups: LookUps = field(default_factory=dict)
    checks: Checks = field(default_factory=dict)
    keep: Callable[[Event], None] = lambda _event: None
    clock: Clock = field(default_factory=SystemClock)
    system_name: str = "songhua"
