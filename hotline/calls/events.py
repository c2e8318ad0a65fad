"""What the hotline tells of calls: as they are now, as they ring, change and end."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from core.events import PERSONAL, PUBLIC, Delivery, Event
from core.models import Frozen
from core.scopes import Scope, ScopeLimit
from hotline.control.events import HelpView
from hotline.dispositions.events import DispositionKind
from hotline.handovers.events import HandoverView


class CallOutcome(StrEnum):
    """How a call went, as the switch shows it. Only an answered call needs an agent's disposition."""

    ANSWERED = "answered"
    """Citizen and agent heard each other, whoever placed the call."""
    ABANDONED = "abandoned"
    """It waited for an agent and ended before one spoke with it."""
    ENDED_IN_FLOW = "ended_in_flow"
    """It never reached a queue."""
    UNKNOWN = "unknown"
    """It ended while nobody watched and had not been answered before."""


CallState = Literal[
    "flow",
    "queued",
    "ringing",
    "talking",
    "hold",
    "consulting",
    "conference",
    "parked",
    "returning",
    "transferring",
    "ended",
]
"""`consulting`: the citizen hears music while his agent asks somebody. `parked`: until he is fetched.
`returning`: his agent's phone was lost, and he waits for it.
"""


EndCause = Literal["hangup", "lost", "merged"]
"""`lost`: it ended while the link to the switch was down. `merged`: it lives on in another call."""


class LegView(Frozen):
    leg_id: Annotated[UUID, PUBLIC]
    role: Literal["citizen", "agent", "other"]
    agent_id: str | None
    endpoint: str
    state: Literal["dialling", "ringing", "up"]
    on_hold: bool
    since: datetime
    muted: bool = False
    """By call control. The switch keeps a mark of it, so that it is known again after a restart."""


class CallbackCall(Frozen):
    """What a call that an agent places for a callback is about. `original` is the citizen's last lost call,
    None where a colleague asked for the callback.
    """

    callback_id: Annotated[UUID, PUBLIC]
    number: Annotated[str, PERSONAL]
    note: Annotated[str, PERSONAL]
    original: Annotated[UUID | None, PUBLIC]


class CallView(Frozen):
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
    help: HelpView | None = None
    handover: HandoverView | None = None
    callback: CallbackCall | None = None


class EarlierCallView(Frozen):
    call_id: Annotated[UUID, PUBLIC]
    at: datetime
    disposition: str | None = None
    summary: Annotated[str, PERSONAL] = ""


class OpenCase(Frozen):
    case_id: Annotated[UUID, PUBLIC]
    number: str
    category: str
    state: str
    place: Annotated[str, PERSONAL] = ""
    urgent: bool = False
    same_number: bool = True
    """False for a case that is only near the place, not reported from this number."""


class CallerContext(Frozen):
    """What is known of a caller before anybody has spoken."""

    earlier_calls: list[EarlierCallView] = Field(default_factory=list)
    open_cases: list[OpenCase] = Field(default_factory=list)


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

    def limited_by(self) -> ScopeLimit:
        return ScopeLimit(Scope.QUEUE, self.call.queue, frozenset(self.call.agent_ids))


class CallEnded(Event):
    TYPE: ClassVar[str] = "hotline.call_ended"
    call_id: Annotated[UUID, PUBLIC]
    cause: EndCause
    outcome: CallOutcome
    direction: Literal["inbound", "outbound", "internal"]
    agent_ids: list[str]
    merged_into: UUID | None
    disposition_needed: bool
    confidential: bool
    cut_off: bool = False
    """A talk that a fault ended: its citizen heads the callbacks, and its drafts stay open."""
    phone_lost: bool = False
    """That fault: the citizen's telephone vanished without hanging up."""


class CallerContextFound(Event):
    TYPE: ClassVar[str] = "hotline.caller_context"
    call_id: Annotated[UUID, PUBLIC]
    context: CallerContext


class CallClosed(Event):
    """A call of the hotline is over: one that came in, or one that we placed and that was answered. The
    ledger of record is the CEL; this adds what only the room knows.
    """

    TYPE: ClassVar[str] = "hotline.call_closed"
    DELIVERY: ClassVar[Delivery] = "durable"
    call_id: Annotated[UUID, PUBLIC]
    linkedids: list[str]
    """The first one gave the call its id; the others were merged into it."""
    outcome: CallOutcome
    cause: EndCause
    queue: str
    agent_ids: list[str]
    began_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    caller: Annotated[str, PERSONAL]
    confidential: bool
    queued_at: datetime | None = None
    direction: Literal["inbound", "outbound"] = "inbound"


class OutsideCallRefused(Event):
    """A call to the outside met a limit: `reason` is the limit's name, `who` a phone, a trunk or `all`."""

    TYPE: ClassVar[str] = "hotline.outside_call_refused"
    call_id: Annotated[UUID | None, PUBLIC]
    reason: str
    who: str
    destination: str


class EmergencyCall(Event):
    """A call goes to an emergency number; `failed`: no trunk took it, the caller is in the queue."""

    TYPE: ClassVar[str] = "hotline.emergency_call"
    call_id: Annotated[UUID | None, PUBLIC]
    number: str
    failed: bool
