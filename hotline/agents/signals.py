"""What the ledger of agents is told. Signals with `by` were asked for by that user; the others followed from
the telephone, the page, a call or the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from hotline.agents.model import StateWish
from hotline.calls.model import Phone

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class SignedIn:
    agent_id: str
    name: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class SignedOut:
    """`forced`: a supervisor (`by`) has done it, for this reason."""

    agent_id: str
    by: str = ""
    reason: str = ""
    forced: bool = False


@dataclass(frozen=True, slots=True)
class ReadyRequested:
    agent_id: str


@dataclass(frozen=True, slots=True)
class StateRequested:
    """The agent, a supervisor or a rule wants this state; on the phone it comes after the call."""

    agent_id: str
    wish: StateWish


@dataclass(frozen=True, slots=True)
class WrapUpRequested:
    agent_id: str


@dataclass(frozen=True, slots=True)
class WrapUpExtended:
    agent_id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class PhoneSeen:
    """`handed_on` are calls in which another agent speaks now: who leaves such a call owes nothing for it."""

    endpoint: str
    phone: Phone
    handed_on: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A desk has answered a call that others may have spoken in before: it is theirs no more."""

    call_id: UUID
    endpoint: str


@dataclass(frozen=True, slots=True)
class CallMerged:
    call_id: UUID
    into: UUID


@dataclass(frozen=True, slots=True)
class CallDisposed:
    call_id: UUID
    by: str = SYSTEM


@dataclass(frozen=True, slots=True)
class CallOwed:
    """A call of before this process started that still lacks the agent's disposition."""

    agent_id: str
    call_id: UUID


@dataclass(frozen=True, slots=True)
class RingMissed:
    endpoint: str


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    """The device state of a telephone as a number (1 free, 5 away): it says nothing more while in use."""

    endpoint: str
    status: int


@dataclass(frozen=True, slots=True)
class TelephoneSeen:
    """The switch can or cannot reach the telephone, whatever it is doing."""

    endpoint: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class PageSeen:
    """The agent's desk page is open, or the last one has gone."""

    agent_id: str
    here: bool


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed."""


Asked = SignedOut | ReadyRequested | StateRequested | WrapUpRequested | WrapUpExtended | CallOwed
LedgerSignal = (
    SignedIn
    | Asked
    | PhoneSeen
    | TakenOver
    | CallMerged
    | CallDisposed
    | RingMissed
    | DeviceSeen
    | TelephoneSeen
    | PageSeen
    | Ticked
)


def by_of(signal: LedgerSignal) -> str:
    """Who stands behind the signal: a user, or `system`."""
    match signal:
        case SignedIn() | ReadyRequested() | WrapUpRequested() | WrapUpExtended():
            return signal.agent_id
        case SignedOut():
            return signal.by or signal.agent_id
        case StateRequested():
            return signal.wish.by or signal.agent_id
        case CallDisposed():
            return signal.by
    return SYSTEM
