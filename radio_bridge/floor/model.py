"""A talkgroup's floor: who talks, who waits, and the limit that ends each of it. Pure.

Names are those of MCPTT (3GPP TS 24.380): request, granted, queued, denied, taken, revoked, idle. Every
moment is monotonic seconds of the one process that keeps the floor.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

PHONE: Final = 3
FIELD: Final = 5
DISPATCHER: Final = 10
EMERGENCY: Final = 15
"""Priorities go from 0 to 15, as in TETRA. An emergency takes the floor from everybody who has none."""

PERSON: Final = "user:"
"""Begins the party of somebody at a desk."""
LINE: Final = "phone:"
"""Begins the party of a telephone."""
PATCH: Final = "patch:"
"""Begins the party that stands for whoever talks in the talkgroup that this one is patched to."""

NOTICE: Final = "notice"
"""The party of a short tone that tells everybody something. It asks only when nobody talks or waits, and
gives way to whoever asks after it.
"""

OVER_KEPT: Final = 128
"""Requests that are over and still remembered: a copy, or a request after its release, finds its end."""

Verdict = Literal["denied", "released", "revoked"]


class Cause(StrEnum):
    """Why a request was denied or a grant ended."""

    NONE = ""
    NO_SUCH_GROUP = "no_such_group"
    NOT_A_MEMBER = "not_a_member"
    LISTENS_ONLY = "listens_only"
    LATE = "late"
    QUEUE_FULL = "queue_full"
    WAITED_TOO_LONG = "waited_too_long"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    PRE_EMPTED = "pre_empted"
    TIME_OUT = "time_out"
    DEAD_KEY = "dead_key"
    UNREACHABLE = "unreachable"
    CLOSED = "closed"
    RESTARTED = "restarted"
    NO_SUCH_TOKEN = "no_such_token"  # noqa: S105  # a word on the wire, no secret
    NETWORK_BUSY = "network_busy"
    NETWORK_DENIED = "network_denied"
    NETWORK_SILENT = "network_silent"
    NETWORK_TOOK_IT = "network_took_it"
    NETWORK_AWAY = "network_away"


class FloorStage(StrEnum):
    """The floor as everybody sees it. `requested`: the network that owns it was asked and is silent yet."""

    IDLE = "idle"
    REQUESTED = "requested"
    TAKEN = "taken"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class FloorRules:
    """Time limits of a floor in seconds, and who owns it."""

    limit_s: float = 60.0
    """Time-out timer: the longest time that one grant lasts."""
    dead_key_s: float = 2.0
    """A talker of whom nothing is heard for so long, neither sound nor a sign of life, has no floor. Until
    his first sign he has twice as long: the grant has to reach him.
    """
    hang_s: float = 3.0
    """After the last word the talk is still open for so long; anybody may answer at once."""
    wait_s: float = 30.0
    answer_s: float = 2.0
    """How long a network that owns the floor may take to answer."""
    talker_s: float = 180.0
    """How long somebody may talk in that network without a word about it."""
    queue_most: int = 16
    owned_by_network: bool = False


@dataclass(frozen=True, slots=True)
class QueuedFloorRequest:
    """A press of the button. `party` is who: `app:17`, `user:wang.fang`, `phone:…`; `at` when it came.

    `relayed`: asked for who talks in a patched talkgroup. It goes before its equals, because he is the first
    there; he is watched there, so it needs no signs of life.
    """

    party: str
    request_id: UUID
    priority: int
    at: float
    take_over: bool = False
    relayed: bool = False

    @property
    def key(self) -> tuple[str, UUID]:
        """Who asked with which request: a repetition has the same."""
        return self.party, self.request_id

    @property
    def rank(self) -> tuple[int, bool, bool, float]:
        """The smaller, the sooner its turn."""
        return -self.priority, not self.relayed, not self.take_over, self.at

    @property
    def is_notice(self) -> bool:
        """Whether it is an announcement of the centre and no party's request."""
        return self.party == NOTICE

    def takes_from(self, other: QueuedFloorRequest) -> bool:
        """Whether it ends the other's grant: an emergency does, and a take-over by who stands above him;
        that of a notice ends for everybody.
        """
        if other.is_notice:
            return True
        return self.priority > other.priority and (self.priority == EMERGENCY or self.take_over)

    def goes_before(self, other: QueuedFloorRequest) -> bool:
        """Whether the network that was asked for the other is asked for this one instead."""
        first = self.relayed and not other.relayed
        return self.priority > other.priority or (self.priority == other.priority and first)


@dataclass(frozen=True, slots=True)
class Hold:
    """Who has the floor. `heard` is his last sound or sign of life; `signed`: he has given one."""

    ask: QueuedFloorRequest
    token: str
    since: float
    until: float
    heard: float
    signed: bool = False

    def silent_until(self, rules: FloorRules) -> float | None:
        """When he has no floor any more for want of a sign of life; None for who is watched elsewhere."""
        if self.ask.relayed:
            return None
        return self.heard + rules.dead_key_s * (1 if self.signed else 2)


@dataclass(frozen=True, slots=True)
class Asking:
    """What a network that owns the floor was asked, and until when it may answer."""

    ask: QueuedFloorRequest
    until: float


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody who talks in a network that owns the floor, as the network names him."""

    party: str
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class EndedRequest:
    """How a request ended."""

    party: str
    request_id: UUID
    verdict: Verdict
    cause: Cause
    token: str = ""

    @property
    def key(self) -> tuple[str, UUID]:
        """Who asked with which request."""
        return self.party, self.request_id


@dataclass(frozen=True, slots=True)
class FloorState:
    """`run` names the life of the process: tokens of another one are void. `granted` counts tokens."""

    group: str
    run: str
    rules: FloorRules
    at: float = 0.0
    granted: int = 0
    hold: Hold | None = None
    asking: Asking | None = None
    outsider: Outsider | None = None
    queue: tuple[QueuedFloorRequest, ...] = ()
    hang_until: float | None = None
    over: tuple[EndedRequest, ...] = ()

    @property
    def stage(self) -> FloorStage:
        """Taken, asked of the network, idle, or kept for the other side after a talk."""
        if self.hold is not None or self.outsider is not None:
            return FloorStage.TAKEN
        if self.asking is not None:
            return FloorStage.REQUESTED
        return FloorStage.IDLE if self.hang_until is None else FloorStage.HANG

    def knows(self, party: str, request_id: UUID) -> bool:
        """Whether this request was heard before, and is not forgotten."""
        key = (party, request_id)
        asks = [*self.queue, *(one.ask for one in (self.hold, self.asking) if one is not None)]
        return any(ask.key == key for ask in asks) or self.end_of(party, request_id) is not None

    def end_of(self, party: str, request_id: UUID) -> EndedRequest | None:
        """How a request has ended, so that its repetition gets the same answer; None while it has not."""
        return next((one for one in self.over if one.key == (party, request_id)), None)


def admits(floor: FloorState, token: str, at: float) -> bool:
    """Whether sound with this token may be heard at this moment; that of a revoked one may not."""
    hold = floor.hold
    return hold is not None and hold.token == token and at < _end_of_hold(floor.rules, hold)


def due(floor: FloorState) -> float | None:
    """When something ends if nothing else happens; None only for a floor that is idle and has no queue."""
    moments: list[float] = [ask.at + floor.rules.wait_s for ask in floor.queue]
    if floor.hold is not None:
        moments.append(_end_of_hold(floor.rules, floor.hold))
    if floor.asking is not None:
        moments.append(floor.asking.until)
    if floor.outsider is not None:
        moments.append(floor.outsider.until)
    if floor.hang_until is not None:
        moments.append(floor.hang_until)
    return min(moments, default=None)


def _end_of_hold(rules: FloorRules, hold: Hold) -> float:
    silent = hold.silent_until(rules)
    return hold.until if silent is None else min(hold.until, silent)
