"""What the hotline tells others. Live events are views of the present and may be lost: the next one, or a
snapshot, makes up for it. The two durable ones are facts.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from core.events import PERSONAL, PUBLIC, Delivery, Event


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class AgentState(StrEnum):
    SIGNED_OUT = "signed_out"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    HOLD = "hold"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    UNREACHABLE = "unreachable"


class DispositionKind(StrEnum):
    """What a call was about, as its agent says."""

    CASE = "case"
    ENQUIRY = "enquiry"
    EXISTING_CASE = "existing_case"
    PRANK = "prank"
    SILENT = "silent"
    WRONG_NUMBER = "wrong_number"


class Outcome(StrEnum):
    """How a call went, as the switch shows it. Only an answered call needs an agent's disposition."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    """It waited for an agent and ended before one spoke with it."""
    ENDED_IN_FLOW = "ended_in_flow"
    """It never reached a queue."""
    UNKNOWN = "unknown"
    """It ended while nobody watched and had not been answered before."""


CallState = Literal["flow", "queued", "ringing", "talking", "hold", "transferring", "ended"]
EndCause = Literal["hangup", "lost", "merged"]
"""`lost`: it ended while the link to the switch was down. `merged`: it lives on in another call."""


class LegView(_View):
    leg_id: Annotated[UUID, PUBLIC]
    role: Literal["citizen", "agent", "other"]
    agent_id: str | None
    endpoint: str
    state: Literal["dialling", "ringing", "up"]
    on_hold: bool
    since: datetime


class CallView(_View):
    """A call as it is now. `since` is when it began, `caller` the citizen's number as the trunk sent it."""

    call_id: Annotated[UUID, PUBLIC]
    direction: Literal["inbound", "outbound", "internal"]
    state: CallState
    caller: Annotated[str, PERSONAL]
    caller_name: Annotated[str, PERSONAL]
    called: str
    queue: str
    language: str
    since: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    agent_ids: list[str]
    legs: list[LegView]
    confidential: bool
    disposition: DispositionKind | None


class EarlierCall(_View):
    call_id: Annotated[UUID, PUBLIC]
    at: datetime
    disposition: str | None = None
    summary: Annotated[str, PERSONAL] = ""


class OpenCase(_View):
    case_id: Annotated[UUID, PUBLIC]
    number: str
    category: str
    state: str
    place: Annotated[str, PERSONAL] = ""
    same_number: bool = True
    """False for a case that is only near the place, not reported from this number."""


class CallerContext(_View):
    """What is known of a caller before anybody has spoken."""

    earlier_calls: list[EarlierCall] = []
    open_cases: list[OpenCase] = []


class AgentView(_View):
    """`owed` are ended calls that still lack this agent's disposition; `overdue` is set when wrap-up takes
    longer than it should; `next_state` is what follows the present call or wrap-up.
    """

    agent_id: str
    name: str
    endpoint: str
    state: AgentState
    reason: str
    since: datetime
    call_id: UUID | None
    owed: list[UUID]
    overdue: bool
    next_state: AgentState | None


class QueueView(_View):
    """`longest_since` is when the caller who waits longest joined; counts are since the gateway started."""

    queue: str
    waiting: int
    longest_since: datetime | None
    members: int
    ready: int
    busy: int
    paused: int
    joined: int
    answered: int
    abandoned: int


class CallRinging(Event):
    """The pop: an agent's phone rings. Comes once for each ring attempt (`leg_id`)."""

    TYPE: ClassVar[str] = "hotline.call_ringing"
    call_id: Annotated[UUID, PUBLIC]
    leg_id: Annotated[UUID, PUBLIC]
    agent_id: str
    endpoint: str
    caller: Annotated[str, PERSONAL]
    caller_name: Annotated[str, PERSONAL]
    queue: str
    language: str
    since: datetime
    """When the call began."""
    context: CallerContext | None
    """None while it is still being looked up: `hotline.caller_context` follows."""
    confidential: bool


class CallChanged(Event):
    TYPE: ClassVar[str] = "hotline.call_changed"
    call_id: Annotated[UUID, PUBLIC]
    call: CallView


class CallEnded(Event):
    TYPE: ClassVar[str] = "hotline.call_ended"
    call_id: Annotated[UUID, PUBLIC]
    cause: EndCause
    outcome: Outcome
    direction: Literal["inbound", "outbound", "internal"]
    agent_ids: list[str]
    merged_into: UUID | None
    disposition_needed: bool
    confidential: bool


class CallerContextFound(Event):
    TYPE: ClassVar[str] = "hotline.caller_context"
    call_id: Annotated[UUID, PUBLIC]
    context: CallerContext


class AgentChanged(Event):
    TYPE: ClassVar[str] = "hotline.agent_changed"
    agent: AgentView


class QueueChanged(Event):
    TYPE: ClassVar[str] = "hotline.queue_changed"
    queue: QueueView


class TapShed(Event):
    """A leg is not transcribed; the call itself is untouched. The desk shows it and the form stays usable."""

    TYPE: ClassVar[str] = "hotline.tap_shed"
    call_id: Annotated[UUID, PUBLIC]
    leg_id: Annotated[UUID, PUBLIC]
    speaker: Literal["citizen", "agent"]
    reason: Literal["no_node", "no_capacity", "limit", "announce_failed", "switch_refused", "timeout"]


class DispositionSet(Event):
    """An agent said what the call was about. A later one for the same call replaces it."""

    TYPE: ClassVar[str] = "hotline.disposition_set"
    DELIVERY: ClassVar[Delivery] = "durable"
    call_id: Annotated[UUID, PUBLIC]
    op_id: UUID
    kind: DispositionKind
    agent_id: str
    case_ids: list[UUID]
    note: Annotated[str, PERSONAL]


class CallClosed(Event):
    """A call of the hotline is over. The ledger of record is the CEL; this adds what only the room knows."""

    TYPE: ClassVar[str] = "hotline.call_closed"
    DELIVERY: ClassVar[Delivery] = "durable"
    call_id: Annotated[UUID, PUBLIC]
    linkedids: list[str]
    """The first one gave the call its id; the others were merged into it."""
    outcome: Outcome
    cause: EndCause
    queue: str
    agent_ids: list[str]
    began_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    caller: Annotated[str, PERSONAL]
    confidential: bool
