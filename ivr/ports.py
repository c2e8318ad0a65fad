"""What the dialogue needs from the telephone and from others, in its own words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class HandedOver(Exception):
    """The line is no longer ours: the caller hung up, or the dialplan has taken him to a person.

    Raised by a `Line`; the flow then ends without another word.
    """


class Line(Protocol):
    """One caller. Each may raise `HandedOver`."""

    async def play(self, file: Path) -> None:
        """Play a sound file to its end; the path is absolute and has its suffix."""
        ...

    async def say_digits(self, digits: str) -> None:
        """Digits 0-9, one by one, in the line's language."""
        ...

    async def read_digits(self, file: Path, *, most: int, wait_s: int) -> str:
        """Play, and give what the caller presses; empty after `wait_s` seconds of nothing."""
        ...

    async def set_language(self, language: str) -> None: ...

    async def notice_played(self) -> None:
        """The caller has heard that the call is recorded."""
        ...

    async def queue(self, name: str) -> None:
        """When the flow is finished, the caller goes into this queue."""
        ...

    async def hangup(self) -> None:
        """When the flow is finished, the call ends."""
        ...

    async def finished(self) -> None:
        """The flow's word that it ended well; without it the dialplan takes the caller to a person."""
        ...


LookUps = Mapping[str, Callable[[str], Awaitable[str]]]
"""What a flow may ask (`set: {ask: …}`), by name: a value in, a word out."""


@dataclass(frozen=True, slots=True)
class IvrPorts:
    look_ups: LookUps = field(default_factory=dict)
