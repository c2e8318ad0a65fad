"""What the session of such a network tells, whatever carries it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """Why we do not talk."""

    BUSY = "busy"
    """Somebody there talks, and was first."""
    DENIED = "denied"
    """The network lets us hear and not talk."""
    DOWN = "down"
    STOPPED = "stopped"
    """It was granted, and the network has ended it."""


@dataclass(frozen=True, slots=True)
class LinkUp:
    """Sound would go both ways now."""


@dataclass(frozen=True, slots=True)
class LinkDown:
    """Down, or still down for a new reason: `reason` as a metric's label, `why` for the operator."""

    reason: str
    why: str


@dataclass(frozen=True, slots=True)
class LinkTrouble:
    """Up, and something is wrong all the same; empty when it is over."""

    why: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What came was no sound, or no message."""


@dataclass(frozen=True, slots=True)
class KeyGranted:
    """Our talk has begun."""


@dataclass(frozen=True, slots=True)
class KeyRefused:
    """What `key` asked for is not given, or is over (`STOPPED`, `DOWN`)."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class TalkerBegan:
    """Somebody there is heard, or the one who is heard has another name than was thought."""

    name: str


@dataclass(frozen=True, slots=True)
class TalkerEnded:
    """Nobody there is heard any more."""


@dataclass(frozen=True, slots=True)
class SoundFrame:
    """20 ms of who is heard: 160 samples, s16le, 8 kHz."""

    frame: bytes


Told = (
    LinkUp
    | LinkDown
    | LinkTrouble
    | Unreadable
    | KeyGranted
    | KeyRefused
    | TalkerBegan
    | TalkerEnded
    | SoundFrame
)
