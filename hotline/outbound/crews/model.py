"""Calls to crews, as values. Moments are Unix seconds.

What is to be called stands elsewhere and has an id; that id is the call's and gives its leg's Uniqueid, so no
process and no restart can make the same call twice. A telephone has at most one live call.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

CHANNEL_ID: Final = "cw-"
"""Begins the Uniqueid of a leg that was placed for a crew."""
HEARD_S: Final = 130.0
"""Longest time after a crew has picked up: what dialplan/crew.conf allows, and to spare."""
TALK_S: Final = 3_700.0
"""The same for a talk with the citizen, which dialplan/crew.conf ends after an hour."""
MOST_LIVE: Final = 100
DONE_KEPT: Final = 5_000

Purpose = Literal["job", "recall", "talk"]
Stage = Literal["placing", "ringing", "listening", "pressed", "talking", "over"]
"""`listening` has picked up and hears what it is about; `pressed` has pressed a key that counts."""
Outcome = Literal[
    "answered", "heard", "talked", "no_key", "no_answer", "busy", "rejected", "unreachable", "not_placed",
    "stopped", "lost", "unknown",
]  # fmt: skip
"""`answered`: accepted or declined by key. `heard`: the recall. `lost`: he pressed, and it could not be
written down. `unknown`: nobody can tell whether the telephone rang.
"""
KEYS: Final[dict[Purpose, frozenset[str]]] = {
    "job": frozenset({"1", "2"}), "recall": frozenset(), "talk": frozenset({"1"}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A telephone that is to ring. `phone` as it is dialled, `line` the same for the same telephone however
    it is written; `number` is the job's, said digit by digit.
    """

    call_id: UUID
    purpose: Purpose
    unit_id: str
    phone: str
    line: str
    number: str

    @property
    def channel_id(self) -> str:
        return f"{CHANNEL_ID}{self.call_id}"


@dataclass(frozen=True, slots=True)
class Call:
    """`system` names the switch that it was placed on."""

    wanted: Wanted
    system: str
    began: float
    stage: Stage = "placing"
    key: str = ""
    in_doubt: bool = False
    seen: bool = False
    """The switch has shown its channel."""
    kept: bool = False
    """What was pressed is written down."""
    unwanted_since: float | None = None
    answered: float | None = None
    ended: float | None = None
    outcome: Outcome | None = None

    @property
    def channel_id(self) -> str:
        return self.wanted.channel_id


@dataclass(frozen=True, slots=True)
class Rules:
    """See `hotline.outbound.crews.settings.CrewCallSettings`."""

    ring_s: float = 25.0
    doubt_s: float = 30.0
    quiet_s: float = 4.0
    """A call that was sent and shows no sign of life for so long is looked for."""
    again_s: float = 2.0
    """Pause after a call that could not be written down."""

    def longest_s(self, call: Call) -> float:
        """No such call is older and still live."""
        return self.ring_s + (TALK_S if call.wanted.purpose == "talk" else HEARD_S)


@dataclass(slots=True, eq=False)
class Book:
    """The calls that are live here, and the ids of those that are over. Changed by `reduce.apply`."""

    system: str
    rules: Rules
    live: dict[UUID, Call] = field(default_factory=dict)
    done: OrderedDict[UUID, None] = field(default_factory=OrderedDict)
    unknown: OrderedDict[UUID, Call] = field(default_factory=OrderedDict)
    """Given up as unknown: a key that is pressed in one counts all the same."""
    resting: dict[str, float] = field(default_factory=dict)
    """Telephones that are left alone, and until when."""

    def of_channel(self, channel_id: str) -> Call | None:
        try:
            return self.live.get(UUID(channel_id.removeprefix(CHANNEL_ID)))
        except ValueError:
            return None

    def end(self, call: Call) -> None:
        self.live.pop(call.wanted.call_id, None)
        self.done[call.wanted.call_id] = None
        if call.outcome == "unknown":
            self.unknown[call.wanted.call_id] = call
        for kept in (self.done, self.unknown):
            while len(kept) > DONE_KEPT:
                kept.popitem(last=False)
