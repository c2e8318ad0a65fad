"""A call and its legs in the ledger. Pure data; times are UTC, durations are seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class LegParty(StrEnum):
    """The party at the far end of a leg; `switch` is a Local channel, which has none."""

    CITIZEN = "citizen"
    AGENT = "agent"
    SWITCH = "switch"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class RecordedOutcome(StrEnum):
    """How a call ended. `unanswered`: Asterisk ended it, or a call of ours that nobody took.
    `cut`: Asterisk died before anybody talked.
    """

    RUNNING = "running"
    ANSWERED = "answered"
    ABANDONED_GREETING = "abandoned_greeting"
    ABANDONED_QUEUE = "abandoned_queue"
    UNANSWERED = "unanswered"
    CUT = "cut"


class ClosedBy(StrEnum):
    """What ended the call: Asterisk's closing row, or the reader because none came."""

    ASTERISK = "asterisk"
    READER = "reader"


class TransferKind(StrEnum):
    BLIND = "blind"
    ATTENDED = "attended"


@dataclass(frozen=True, slots=True)
class BridgePeriod:
    """Time in one bridge. `kind` is Asterisk's technology: `simple_bridge`, `softmix` (a conference),
    `holding_bridge` (parked or waiting); `until` is None while the leg is still there.
    """

    bridge: str
    kind: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class RecordedPause:
    """A gap in a leg's recording from `since` to `until`. `ended_by` is empty when the leg's end ended it."""

    leg_id: UUID
    since: datetime
    until: datetime | None
    reason: str
    by: str
    ended_by: str


@dataclass(frozen=True, slots=True)
class LegRecord:
    """One channel of a call. `talk_s` is the time in a bridge with somebody else, hold included."""

    leg_id: UUID
    uniqueid: str
    channel: str
    endpoint: str
    party: LegParty
    number: str
    name: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    talk_s: float
    cause: int | None
    stays: tuple[BridgePeriod, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentRing:
    """An agent's phone that rang for the call."""

    leg_id: UUID
    endpoint: str
    at: datetime
    until: datetime | None
    answered: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    """`by` is the endpoint that transferred; `to` is an extension (blind) or an endpoint (attended)."""

    kind: TransferKind
    at: datetime
    by: str
    to: str


@dataclass(frozen=True, slots=True)
class ExpectedRecording:
    """The dialplan said that it records this leg: `base` `/…/1795612161.0.alaw` means the files
    `/…/1795612161.0-in.alaw` and `-out.alaw`. Without an ending it means `.wav`: recordings once were.
    """

    leg_id: UUID
    base: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallRecord:
    """`number` and `name` are the citizen's. `wait_s` runs from the queue (or the start) to the first talk,
    or to the end when nobody came. `linkedids` begins with the one that made `call_id`.
    """

    call_id: UUID
    system_name: str
    linkedids: tuple[str, ...]
    direction: Direction
    number: str
    name: str
    dialled: str
    queue: str
    started_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    wait_s: float
    talk_s: float
    outcome: RecordedOutcome
    closed_by: ClosedBy | None
    legs: tuple[LegRecord, ...]
    rings: tuple[AgentRing, ...]
    transfers: tuple[Transfer, ...]
    recordings: tuple[ExpectedRecording, ...]
    pauses: tuple[RecordedPause, ...] = ()
