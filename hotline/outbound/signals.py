"""What can happen to a call that we place. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

NOT_SEEN: Final = -1
"""The cause of a call whose end nobody here has seen."""
BUSY: Final = 17
REJECTED: Final = 21


@dataclass(frozen=True, slots=True)
class NotKept:
    """The call could not be written down, so nothing was sent. It has never been."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The call, or one to the same telephone (`again`: this one may be tried later), is in the database
    already: nothing was sent.
    """

    channel_id: str
    again: bool


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """No telephone rang: the switch refused, cannot reach it, or the call was not wanted any more.
    `searched`: a search for it says so; that does not count when its channel was seen meanwhile.
    """

    channel_id: str
    outcome: Literal["not_placed", "unreachable", "stopped"]
    searched: bool = False


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
    cause: int = NOT_SEEN


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key; told each second until something comes of it."""

    channel_id: str
    key: str


@dataclass(frozen=True, slots=True)
class KeyCommitted:
    """What was pressed is committed (`done`), did not count any more (`gone`), or is not allowed."""

    channel_id: str
    how: Literal["done", "gone", "refused"]


@dataclass(frozen=True, slots=True)
class PolicySignal:
    """What only a policy understands."""


Shown = Alive | Rang | PickedUp | Over
PlacedSignal = NotPlaced | InDoubt | Unknown | Shown
"""What is told of every call, whoever it is for."""
CallSignal = PlacedSignal | NotKept | Taken | Pressed | KeyCommitted | PolicySignal
"""What is told of automated calls."""
