"""The state of all calls and what changes in it. `at` is Unix seconds, everywhere in this room's inner data.

A call is known by its first Linkedid for its whole life. When Asterisk joins two calls (attended
transfer, pick-up), one lives on and the other's Linkedid becomes an alias of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from core.ids import call_id, leg_id
from hotline.events import CallOutcome, CallState, EndCause
from hotline.signals import UP

AWAY: Final = frozenset({"away", "return"})
"""Places of a citizen whose agent's phone was lost: he waits for it, or it rings again."""

Role = Literal["citizen", "agent", "other", "local"]
Direction = Literal["inbound", "outbound", "internal"]


_INTERNAL: Final = frozenset(
    {
        "Announcer",
        "AsyncGoto",
        "Bridge",
        "CBAnn",
        "CBRec",
        "Message",
        "Recorder",
        "Snoop",
        "Surrogate",
        "WebSocket",
    }
)
"""Channels that the switch makes for itself: nobody speaks in them."""


class Remembered:
    """The last `limit` keys added; the oldest are forgotten."""

    __slots__ = ("_keys", "_limit")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._keys: dict[str, None] = {}

    def add(self, key: str) -> None:
        keys = self._keys
        keys[key] = None
        if len(keys) > self._limit:
            del keys[next(iter(keys))]

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)


@dataclass(slots=True, eq=False)
class Leg:
    """One channel. `dialled`: the switch rings it. `on_hold`: this party has put the others on hold.
    `answered`: it has spoken in a call that came in, `spoken`: in one that we placed.

    `place` is where call control has put it (dialplan/control.conf), empty when it is nowhere special, and
    `other` whom that is about: of a held leg the uniqueid of its holder.
    """

    uniqueid: str
    channel: str
    endpoint: str
    role: Role
    began: float
    id: UUID
    state: int = 0
    bridge: str = ""
    dialled: bool = False
    on_hold: bool = False
    popped: bool = False
    answered: bool = False
    spoken: bool = False
    missed: bool = False
    muted: bool = False
    left_talk: bool = False
    """A citizen's leg that was the first to leave the bridge in which an agent spoke with it."""
    place: str = ""
    other: str = ""

    @property
    def up(self) -> bool:
        """Whether the leg is answered."""
        return self.state == UP


@dataclass(slots=True, eq=False)
class Call:
    """`linkedids` begins with the one that gave the call its id. `queue` is the last one it was in, `outside`
    says that a party is no desk of ours. `answered_at` is when citizen and desk heard each other first.
    """

    linkedid: str
    id: UUID
    began: float
    inbound: bool = False
    outside: bool = False
    caller: str = ""
    caller_name: str = ""
    called: str = ""
    language: str = ""
    queue: str = ""
    waiting: bool = False
    queued_at: float | None = None
    answered_at: float | None = None
    confidential: bool = False
    cut_off: bool = False
    """The citizen was lost in the talk, by a fault and not by his wish, or gave up waiting for his agent's
    phone.
    """
    phone_lost: bool = False
    """It was cut off because the citizen's telephone vanished without hanging up."""
    legs: dict[str, Leg] = field(default_factory=dict)
    linkedids: list[str] = field(default_factory=list)
    endpoints: list[str] = field(default_factory=list)
    """Desks that have spoken in this call, in order."""

    @property
    def direction(self) -> Direction:
        """Inbound, outbound (a leg leaves by a trunk) or internal."""
        if self.inbound:
            return "inbound"
        return "outbound" if self.outside else "internal"

    def of_role(self, role: Role) -> Iterator[Leg]:
        """Legs of this role, oldest first."""
        return (leg for leg in self.legs.values() if leg.role == role)

    def connected(self) -> frozenset[str]:
        """The bridges in which the citizen is heard: his own, and those that Local channels join to it."""
        heard = {leg.bridge for leg in self.legs.values() if leg.role == "citizen" and leg.bridge}
        halves = [leg for leg in self.legs.values() if leg.role == "local" and leg.bridge]
        if heard and halves:
            for _ in halves:
                joined = {leg.channel.rpartition(";")[0] for leg in halves if leg.bridge in heard}
                heard |= {leg.bridge for leg in halves if leg.channel.rpartition(";")[0] in joined}
        return frozenset(heard)

    def held(self) -> Leg | None:
        """The leg that waits for its holder, who is still there."""
        return next(
            (
                leg
                for leg in self.legs.values()
                if leg.place == "held" and leg.other in self.legs and leg.other != leg.uniqueid
            ),
            None,
        )

    def held_by(self, leg: Leg) -> Leg | None:
        """Whom this leg holds."""
        return next(
            (
                one
                for one in self.legs.values()
                if one.place == "held" and one.other == leg.uniqueid and one is not leg
            ),
            None,
        )

    def with_(self, leg: Leg) -> list[Leg]:
        """Who is in one bridge with this leg."""
        if not leg.bridge:
            return []
        return [one for one in self.legs.values() if one.bridge == leg.bridge and one is not leg]

    def speaking(self) -> list[Leg]:
        """The agents' legs that the citizen hears."""
        heard = self.connected()
        return [leg for leg in self.of_role("agent") if leg.bridge in heard]

    @property
    def state(self) -> CallState:  # noqa: PLR0911  # one line for each state
        """How far the call is, from its legs and its place in a queue."""
        if not self.legs:
            return "ended"
        held = self.held()
        if held is not None:
            holder = self.legs[held.other]
            return "consulting" if holder.bridge or holder.place == "consult" else "hold"
        if any(leg.place == "parked" for leg in self.legs.values()):
            return "parked"
        if any(leg.place in AWAY for leg in self.legs.values()):
            return "returning"
        talking = self.speaking() or (
            [] if self.outside else [leg for leg in self.legs.values() if leg.bridge]
        )
        if talking:
            if all(leg.on_hold for leg in talking):
                return "hold"
            return "conference" if any(len(self.with_(leg)) > 1 for leg in talking) else "talking"
        if self.inbound and self.answered_at is not None and not self.waiting:
            return "transferring"
        if any(not leg.up and leg.dialled for leg in self.legs.values() if leg.role != "local"):
            return "ringing"
        return "queued" if self.waiting else "flow"

    def outcome(self, cause: EndCause) -> CallOutcome:
        if self.answered_at is not None:
            return CallOutcome.ANSWERED
        if cause == "lost":
            return CallOutcome.UNKNOWN
        return CallOutcome.ABANDONED if self.queued_at is not None else CallOutcome.ENDED_IN_FLOW


@dataclass(frozen=True, slots=True)
class CallOpened:
    """An inbound call is there. Comes once for each call."""

    call: Call


@dataclass(frozen=True, slots=True)
class AgentRang:
    """The pop. Comes once for each ring attempt."""

    call: Call
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegAnswered:
    """A leg speaks in an inbound call that an agent has taken. Comes once for each leg."""

    call: Call
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegSpeaks:
    """A leg speaks in a call that we placed, citizen and desk together. Comes once for each leg."""

    call: Call
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegGone:
    call: Call
    leg: Leg


@dataclass(frozen=True, slots=True)
class DeskTouched:
    """What this desk's telephone does may have changed: see `phone`."""

    endpoint: str


@dataclass(frozen=True, slots=True)
class RingAttemptMissed:
    """The desk let a ring attempt go by."""

    endpoint: str


@dataclass(frozen=True, slots=True)
class Changed:
    call: Call


@dataclass(frozen=True, slots=True)
class CallOver:
    """Comes once for each call."""

    call: Call
    cause: EndCause
    merged_into: UUID | None = None


Effect = (
    CallOpened
    | AgentRang
    | LegAnswered
    | LegSpeaks
    | LegGone
    | DeskTouched
    | RingAttemptMissed
    | Changed
    | CallOver
)
NOTHING: Final[tuple[Effect, ...]] = ()


@dataclass(slots=True, eq=False)
class CallsState:
    """The reducer's state; `desks` are the endpoints of agents.

    It is changed in place, so that 150,000 messages a second stay affordable; what comes out depends on
    this state, the signal and its time alone.
    """

    system_name: str
    technology: str = "PJSIP"
    desks: AbstractSet[str] = frozenset()
    area_code: str = ""
    max_calls: int = 5_000
    ended_kept: int = 20_000
    by_linkedid: dict[str, Call] = field(default_factory=dict)
    by_id: dict[UUID, Call] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    legs: dict[str, Leg] = field(default_factory=dict)
    call_of: dict[str, Call] = field(default_factory=dict)
    at_desk: dict[str, dict[str, Leg]] = field(default_factory=dict)
    dead: Remembered = field(init=False)
    ended: Remembered = field(init=False)

    def __post_init__(self) -> None:
        self.dead = Remembered(self.ended_kept)
        self.ended = Remembered(self.ended_kept)

    def __iter__(self) -> Iterator[Call]:
        return iter(self.by_linkedid.values())

    def __len__(self) -> int:
        return len(self.by_linkedid)

    def endpoint_of(self, channel: str) -> tuple[str, Role]:
        """`PJSIP/agent7-0000002a` is endpoint `agent7`; a Local half has none."""
        technology, _, rest = channel.partition("/")
        if technology == "Local":
            return "", "local"
        endpoint = rest.rpartition("-")[0] or rest
        if technology in _INTERNAL or not rest:
            return endpoint, "other"
        if technology == self.technology and endpoint in self.desks:
            return endpoint, "agent"
        return endpoint, "citizen"

    def new_leg(self, call: Call, uniqueid: str, channel: str, at: float) -> Leg:
        endpoint, role = self.endpoint_of(channel)
        leg = Leg(uniqueid, channel, endpoint, role, at, leg_id(self.system_name, uniqueid))
        self.legs[uniqueid] = call.legs[uniqueid] = leg
        self.call_of[uniqueid] = call
        if role == "citizen":
            call.outside = True
        elif role == "agent":
            self.at_desk.setdefault(endpoint, {})[uniqueid] = leg
        return leg

    def forget_leg(self, leg: Leg) -> Call:
        call = self.call_of.pop(leg.uniqueid)
        del self.legs[leg.uniqueid]
        del call.legs[leg.uniqueid]
        if leg.role == "agent":
            here = self.at_desk[leg.endpoint]
            del here[leg.uniqueid]
            if not here:
                del self.at_desk[leg.endpoint]
        self.dead.add(leg.uniqueid)
        return call

    def new_call(self, linkedid: str, at: float) -> Call:
        call = Call(linkedid, call_id(self.system_name, linkedid), at, linkedids=[linkedid])
        self.by_linkedid[linkedid] = self.by_id[call.id] = call
        return call

    def forget_call(self, call: Call) -> None:
        del self.by_linkedid[call.linkedid]
        del self.by_id[call.id]
        for linkedid in call.linkedids:
            self.aliases.pop(linkedid, None)
            self.ended.add(linkedid)

    def names(self, call: Call) -> list[UUID]:
        """Its id, and those of the calls that were joined to it."""
        if len(call.linkedids) < 2:
            return [call.id]
        return [call_id(self.system_name, linkedid) for linkedid in call.linkedids]

    def known_as(self, name: UUID) -> Call | None:
        """The live call of this id, or the one that it was joined to."""
        return self.by_id.get(name) or next(
            (call for call in self if len(call.linkedids) > 1 and name in self.names(call)), None
        )

    def find(self, linkedid: str) -> Call | None:
        return self.by_linkedid.get(self.aliases.get(linkedid, linkedid))


@dataclass(frozen=True, slots=True)
class Phone:
    """What a desk's telephone does, derived from its legs. `served` are the citizens' calls in which it has
    spoken, whoever placed them.
    """

    doing: Literal["idle", "ringing", "talking", "hold"]
    call_id: UUID | None = None
    served: tuple[UUID, ...] = ()


IDLE: Final = Phone("idle")
_RANK: Final = {"talking": 0, "hold": 1, "ringing": 2}


def phone(state: CallsState, endpoint: str) -> Phone:
    """`served` counts only calls in which this desk has been heard by the citizen."""
    legs = state.at_desk.get(endpoint)
    if not legs:
        return IDLE
    seen = [(leg, state.call_of[leg.uniqueid]) for leg in legs.values()]
    doing = min((_doing(call, leg) for leg, call in seen), key=_RANK.__getitem__)
    # The citizen's call is what the desk shows, also while a colleague is asked meanwhile.
    shown = min(seen, key=lambda one: (not one[1].inbound, _RANK[_doing(one[1], one[0])]))[1]
    served = tuple(dict.fromkeys(call.id for leg, call in seen if leg.answered or leg.spoken))
    return Phone(doing, shown.id, served)


def _doing(call: Call, leg: Leg) -> Literal["ringing", "talking", "hold"]:
    if leg.up:
        holds = not leg.bridge and leg.place != "consult" and call.held_by(leg) is not None
        return "hold" if leg.on_hold or holds else "talking"
    # A channel that is down is about to be rung; one that places a call itself keeps its agent busy.
    return "ringing" if leg.dialled or leg.state == 0 else "talking"
