"""Calls that the gateway places: at most once each, and how a call in doubt is settled without a second one.

Each Originate carries its own channel id, and has Asterisk write that id into one of a few global
variables before it dials. After a lost link, that variable and the channel list say whether the
call was placed; where they cannot say it, the answer stays `Uncertain`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from gateway.ami.message import AmiEvent

SLOTS = 64
"""Global variables that are used in turn; an Originate can be settled until 64 later ones were sent."""
REMEMBERED = 512
"""Originates whose traces in live events are remembered."""
RUN = "GW_ORIG_RUN"
"""Global variable that lasts as long as one run of Asterisk; written like the marks, so it proves them."""


@dataclass(frozen=True, slots=True)
class Originated:
    """Asterisk took it on; how it goes on is told by the events of `channel_id` (a Uniqueid)."""

    action_id: str
    channel_id: str


@dataclass(frozen=True, slots=True)
class AcknowledgementRefused:
    """The call was not placed: Asterisk refused it, or it was never sent. It may be tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The action was sent and not answered: the call may be ringing. Never send it again; `settle` may find
    out.

    `run` names the run of Asterisk that it was sent to; empty if that was not known.
    """

    action_id: str
    channel_id: str
    sequence: int
    run: str


@dataclass(frozen=True, slots=True)
class Placed:
    """The call was placed. `alive` says whether its channel still existed when that was found out."""

    channel_id: str
    alive: bool


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """Asterisk has no trace of it and would have one: it may be tried again."""

    channel_id: str


OriginateResult = Originated | AcknowledgementRefused | Uncertain
Settled = Placed | NotPlaced | Uncertain


def slot_variable(sequence: int) -> str:
    """The global variable in which the dialplan notes this originate."""
    return f"GW_ORIG_{sequence % SLOTS:02d}"


OWN_VARIABLES = frozenset({RUN, f"GLOBAL({RUN})", *map(slot_variable, range(SLOTS))})


def placing_headers(sequence: int, channel_id: str) -> list[tuple[str, str]]:
    """For every Originate: a channel id of its own, and the mark that Asterisk writes before it dials."""
    return [
        ("ChannelId", channel_id),
        ("Async", "true"),
        ("Variable", f"GLOBAL({slot_variable(sequence)})={channel_id}"),
    ]


class Traces:
    """What live events told about our own Originates; bounded, the oldest are forgotten first."""

    def __init__(self) -> None:
        self._sent: OrderedDict[str, str] = OrderedDict()  # action id -> channel id
        self._seen: OrderedDict[str, None] = OrderedDict()  # channel ids

    def sent(self, action_id: str, channel_id: str) -> None:
        self._sent[action_id] = channel_id
        while len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)

    def take(self, event: AmiEvent) -> None:
        """Take note of an OriginateResponse: whatever it says, Asterisk had taken the action on."""
        channel_id = self._sent.pop(event.get("ActionID"), None)
        if channel_id is not None:
            self._seen[channel_id] = None
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)

    def has(self, channel_id: str) -> bool:
        """Whether the switch has shown this channel."""
        return channel_id in self._seen
