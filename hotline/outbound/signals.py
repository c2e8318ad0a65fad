"""What can happen to a placed call whatever it is for. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

NOBODY_TOLD: Final = -1
"""The cause of a call whose end nobody here has seen."""
BUSY: Final = 17
REJECTED: Final = 21


@dataclass(frozen=True, slots=True)
class NotKept:
    """The call could not be written down, so nothing was sent. It has never been."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """No telephone rang: the switch refused, cannot reach it, or it was not wanted any more."""

    channel_id: str
    outcome: Literal["not_placed", "unreachable", "stopped"]


@dataclass(frozen=True, slots=True)
class InDoubt:
    """It was sent and not answered, or this process was not there to hear the answer."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell what became of it."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class Alive:
    """Its channel exists."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class Rang:
    channel_id: str


@dataclass(frozen=True, slots=True)
class PickedUp:
    channel_id: str


@dataclass(frozen=True, slots=True)
class Over:
    """Its channel is gone; `cause` is a Q.850 code."""

    channel_id: str
    cause: int = NOBODY_TOLD


Shown = Alive | Rang | PickedUp | Over
Signal = NotKept | NotPlaced | InDoubt | Unknown | Shown
