"""What can happen to a call that we place. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

NOT_SEEN: Final = -1
"""The cause of a call whose end nobody here has seen."""
BUSY: Final = 17
REJECTED: Final = 21
NO_CIRCUIT: Final = 34
NETWORK_DOWN: Final = 38


@dataclass(frozen=True)
class ChannelSignal:
    """Said of the call with this channel id."""

    channel_id: str


class NotKept(ChannelSignal):
    """The call could not be written down, so nothing was sent. It has never been."""


class InDoubt(ChannelSignal):
    """It was sent and not answered, or this process was not there to hear the answer."""


class Unknown(ChannelSignal):
    """Nobody can tell what became of it."""


class Alive(ChannelSignal):
    """Its channel exists."""


class Rang(ChannelSignal):
    """The telephone rings."""


@dataclass(frozen=True)
class PickedUp(ChannelSignal):
    """The telephone is off the hook. `line` is the switch's name of the leg, where a purpose needs it."""

    line: str = ""


@dataclass(frozen=True)
class OutOfQueue(ChannelSignal):
    """A person of the centre has taken the call out of the queue. `agent` is the endpoint, where known."""

    agent: str = ""


@dataclass(frozen=True)
class Over(ChannelSignal):
    """Its channel is gone; `cause` is a Q.850 code."""

    cause: int = NOT_SEEN


@dataclass(frozen=True)
class Taken(ChannelSignal):
    """The call, or one to the same telephone (`again`: this one may be tried later), is in the database
    already: nothing was sent.
    """

    again: bool


@dataclass(frozen=True)
class CallNotPlaced(ChannelSignal):
    """No telephone rang: the switch refused, cannot reach it, or the call was not wanted any more.
    `searched`: a search for it says so; that does not count when its channel was seen meanwhile.
    """

    outcome: Literal["not_placed", "unreachable", "stopped"]
    searched: bool = False


@dataclass(frozen=True)
class Pressed(ChannelSignal):
    """A key; told each second until something comes of it. `spoken`: its meaning was said."""

    key: str
    spoken: bool = False


@dataclass(frozen=True)
class KeyCommitted(ChannelSignal):
    """What was pressed is committed (`done`), did not count any more (`gone`), or is not allowed."""

    how: Literal["done", "gone", "refused"]


@dataclass(frozen=True, slots=True)
class PolicySignal:
    """What only a policy understands."""


CallSignal = ChannelSignal | PolicySignal
