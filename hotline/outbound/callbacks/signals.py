"""What can happen to callbacks beside what the switch tells of every call, and what follows from it. Values
only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from hotline.events import AttemptOutcome, CallbackStep
from hotline.outbound.callbacks.model import Attempt, Entry, LostCall
from hotline.outbound.signals import ChannelSignal, PolicySignal

OfferEnd = Literal["accepted", "declined", "expired", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Lost(PolicySignal):
    """A call of this number ended without an agent, or its caller asked to be called back."""

    entry_id: UUID
    """The id of the entry, if there is none yet for this number."""
    number: str
    dial: str
    caller: str
    """As the trunk sent it: by this the ledger knows it."""
    queue: str
    language: str
    call: LostCall


@dataclass(frozen=True, slots=True)
class Asked(PolicySignal):
    """Somebody of the staff wants this number called back; it queues behind who is there already."""

    entry_id: UUID
    number: str
    dial: str
    queue: str
    language: str
    note: str
    by: str
    agent_id: str = ""


@dataclass(frozen=True, slots=True)
class Reached(PolicySignal):
    """An agent speaks with this number in a call of the citizen's own."""

    number: str


@dataclass(frozen=True, slots=True)
class ReadyAgent:
    """An agent whose telephone is idle and who takes calls. No `queues`: he serves every one."""

    id: str
    since: float
    queues: frozenset[str] = frozenset()

    def serves(self, queue: str) -> bool:
        """Whether the agent may have callbacks of this queue; one without queues may have all."""
        return not queue or not self.queues or queue in self.queues


@dataclass(frozen=True, slots=True)
class WaitingCaller:
    """`urgent` goes before every callback, whenever it came."""

    place: float
    queue: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Floor(PolicySignal):
    """The centre at this moment. `on_line`: numbers that are in a live call of their own. Also the passing of
    time: offers that ran out, callbacks that are too old.
    """

    waiting: tuple[WaitingCaller, ...] = ()
    ready: tuple[ReadyAgent, ...] = ()
    on_line: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Accepted(PolicySignal):
    """The agent takes what was offered to him. Nothing has been sent yet."""

    entry_id: UUID
    agent_id: str
    endpoint: str
    channel_id: str
    call_id: UUID


@dataclass(frozen=True, slots=True)
class Declined(PolicySignal):
    entry_id: UUID
    agent_id: str
    by: str


class CitizenDialled(ChannelSignal):
    """The citizen's telephone is dialled."""


class CitizenUp(ChannelSignal):
    """The citizen has answered."""


@dataclass(frozen=True)
class DialOver(ChannelSignal):
    """Dialling the citizen ended; `status` is Asterisk's DIALSTATUS."""

    status: str


@dataclass(frozen=True, slots=True)
class Noted(PolicySignal):
    """What came of the last attempt, in the words of who made it."""

    entry_id: UUID
    outcome: AttemptOutcome
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class Cancelled(PolicySignal):
    entry_id: UUID
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class Assigned(PolicySignal):
    """Only this agent gets it from now on; nobody in particular when `agent_id` is empty."""

    entry_id: UUID
    agent_id: str
    by: str


@dataclass(frozen=True, slots=True)
class Keep:
    """The entry as it is now is a fact: write it down and tell the ledger."""

    entry: Entry
    step: CallbackStep
    by: str = "system"


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring the agent's telephone, after the entry is written down. Comes once for each channel id."""

    entry: Entry
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Offer:
    entry: Entry
    agent_id: str
    until: float


@dataclass(frozen=True, slots=True)
class OfferOver:
    entry: Entry
    agent_id: str
    why: OfferEnd


@dataclass(frozen=True, slots=True)
class Full:
    """There are as many open callbacks as may be: this one was not taken."""

    number: str


Effect = Keep | Dial | Offer | OfferOver | Full
