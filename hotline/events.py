"""What the hotline tells others. Live events are views of the present and may be lost: the next one, or a
snapshot, makes up for it. The durable ones are facts.
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
    """`busy`, `rest` and `study` close the queue for an agent; each may have a reason code."""

    SIGNED_OUT = "signed_out"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    HOLD = "hold"
    WRAP_UP = "wrap_up"
    BUSY = "busy"
    REST = "rest"
    STUDY = "study"
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


CallState = Literal[
    "flow",
    "queued",
    "ringing",
    "talking",
    "hold",
    "consulting",
    "conference",
    "parked",
    "transferring",
    "ended",
]
"""`consulting`: the citizen hears music while his agent asks somebody. `parked`: until he is fetched."""
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
    muted: bool = False
    """As far as this process knows: the switch does not tell."""


class HelpView(_View):
    """An agent's call for help; `accepted_by` is the supervisor who comes."""

    asked_by: str
    asked_at: datetime
    accepted_by: str | None = None
    accepted_at: datetime | None = None


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
    help: HelpView | None = None


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
    urgent: bool = False
    same_number: bool = True
    """False for a case that is only near the place, not reported from this number."""


class CallerContext(_View):
    """What is known of a caller before anybody has spoken."""

    earlier_calls: list[EarlierCall] = []
    open_cases: list[OpenCase] = []


class AgentView(_View):
    """`owed` are ended calls that still lack this agent's disposition; `overdue` is set when wrap-up takes
    longer than it should, `wrap_up_until` is when that is; `next_state` is what follows the present call or
    wrap-up. `forced_by` is the supervisor who asked for the state, None where the agent did.

    `phone` tells whether the telephone can be rung. `page` is the desk's page: `none` before it was ever
    open, `lost` since `page_since` when it went away. `queues` are those that the agent serves.
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
    wrap_up_until: datetime | None = None
    forced_by: str | None = None
    missed: int = 0
    phone: Literal["here", "lost"] = "here"
    page: Literal["none", "here", "lost"] = "none"
    page_since: datetime | None = None
    skills: dict[str, int] = {}
    queues: list[str] = []


class QueueView(_View):
    """`longest_since` is when the caller who waits longest joined; counts are since the gateway started.

    `paused` are the agents who are busy, at rest or in study. `drift` is how many members differ from the
    ledger of agents at this moment: it goes back to 0 by itself.
    """

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
    drift: int = 0


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


class AgentMoved(Event):
    """An agent's state has changed `at`, from `previous`, which had begun at `since`.

    `reason` is the new state's reason code. `by` is the user who asked for it, `system` where it followed
    from the telephone, a timer or a rule. `call_id` is the call that the agent is or was on.
    """

    TYPE: ClassVar[str] = "hotline.agent_moved"
    DELIVERY: ClassVar[Delivery] = "durable"
    agent_id: str
    endpoint: str
    state: AgentState
    reason: str
    previous: AgentState
    since: datetime
    call_id: Annotated[UUID | None, PUBLIC]
    by: str


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
    queued_at: datetime | None = None


# --- callbacks ----------------------------------------------------------------------------------------

CallbackReason = Literal["abandoned", "overflow", "out-of-hours", "voicemail", "asked"]
CallbackStage = Literal["waiting", "offered", "placing", "dialling", "talking", "closed"]
"""`placing`: an agent has accepted and his own telephone rings; `dialling`: the citizen's."""
AttemptOutcome = Literal[
    "reached",
    "no_answer",
    "busy",
    "failed",
    "hung_up",
    "wrong_number",
    "declined",
    "unknown",
    "agent_missed",
    "not_placed",
]
"""`unknown`: nobody was there to see it. After the last two the citizen's telephone did not ring."""
CallbackOutcome = Literal[
    "reached", "wrong_number", "declined", "withdrawn", "cancelled", "expired", "exhausted"
]
"""`withdrawn`: the citizen phoned again and was answered. `exhausted`: the last attempt failed, too."""
CallbackStep = Literal[
    "requested",
    "merged",
    "passed",
    "accepted",
    "in_doubt",
    "dialled",
    "answered",
    "attempted",
    "superseded",
    "noted",
    "assigned",
    "closed",
]
"""What happened to a callback. `merged`: another lost call of the same number joined it."""


class LostCallView(_View):
    """A call that nobody spoke with. `voicemail`: seconds (start, end) inside its own recording."""

    call_id: Annotated[UUID, PUBLIC]
    reason: CallbackReason
    place: datetime
    at: datetime
    voicemail: tuple[float, float] | None


class AttemptView(_View):
    call_id: Annotated[UUID, PUBLIC]
    agent_id: str
    began: datetime
    answered: datetime | None
    ended: datetime | None
    outcome: AttemptOutcome | None
    in_doubt: bool
    note: Annotated[str, PERSONAL]


class CallbackView(_View):
    """`place` is when the citizen first joined the queue: callbacks are served in this order, among those who
    wait on the line. `due`: not before.
    """

    callback_id: Annotated[UUID, PUBLIC]
    number: Annotated[str, PERSONAL]
    stage: CallbackStage
    queue: str
    language: str
    place: datetime
    created: datetime
    due: datetime
    expires: datetime
    calls: list[LostCallView]
    attempts: list[AttemptView]
    offered_to: str | None
    assigned_to: str | None
    outcome: CallbackOutcome | None
    note: Annotated[str, PERSONAL]


class CallbackOffered(Event):
    """To one agent: this citizen is to be called back. Nothing rings before he accepts, until `until`."""

    TYPE: ClassVar[str] = "hotline.callback_offered"
    callback_id: Annotated[UUID, PUBLIC]
    agent_id: str
    until: datetime
    callback: CallbackView
    context: CallerContext | None
    """None when it was not found in time."""


class CallbackOfferOver(Event):
    TYPE: ClassVar[str] = "hotline.callback_offer_over"
    callback_id: Annotated[UUID, PUBLIC]
    agent_id: str
    why: Literal["accepted", "declined", "expired", "withdrawn"]


class CallbackChanged(Event):
    """A step in a callback's life, with the whole of it after that step. `by`: a user, or `system`."""

    TYPE: ClassVar[str] = "hotline.callback_changed"
    DELIVERY: ClassVar[Delivery] = "durable"
    callback_id: Annotated[UUID, PUBLIC]
    rev: int
    step: CallbackStep
    by: str
    callback: CallbackView


# --- the board ----------------------------------------------------------------------------------------


class QueueFigures(_View):
    """One queue, or all of them when `queue` is empty. Definitions: `hotline/figures/window.py`.

    Shares are 0 … 1; None where nothing has been counted yet, which is no hundred per cent.
    """

    queue: str
    waiting: int
    longest_since: datetime | None
    longest_wait_s: float
    offered_24h: int
    answered_24h: int
    abandoned_24h: int
    connect_rate_24h: float | None
    within_15s_24h: float | None
    offered_today: int
    answered_today: int
    abandoned_today: int
    connect_rate_today: float | None
    within_15s_today: float | None
    average_wait_today_s: float | None
    average_talk_today_s: float | None


class BoardView(_View):
    """The centre at a glance; nothing personal. `agents` counts the signed-in by state."""

    at: datetime
    total: QueueFigures
    queues: list[QueueFigures]
    agents: dict[str, int]
    callbacks_due: int
    callbacks_open: int
    callbacks_live: int
    filled: bool
    """False while what happened before the last start has not been read back yet."""


class BoardChanged(Event):
    """At most once a second."""

    TYPE: ClassVar[str] = "hotline.board_changed"
    board: BoardView


class AnswerAsked(Event):
    """The agent wants the page's own telephone to answer: only that desk hears of it."""

    TYPE: ClassVar[str] = "hotline.answer_asked"
    call_id: Annotated[UUID, PUBLIC]
    leg_id: Annotated[UUID, PUBLIC]
    agent_id: str
    endpoint: str


class HelpChanged(Event):
    """An agent calls for help, or a supervisor has accepted it. It ends with the call."""

    TYPE: ClassVar[str] = "hotline.help_changed"
    call_id: Annotated[UUID, PUBLIC]
    help: HelpView


class CallActed(Event):
    """Somebody moved a call or a leg, and it took effect. `op_id` is that of the request, so it comes once.

    `verb` is one of hotline.control.model.Verb. `outcome`: `done`, or `uncertain` where the link was lost at
    the wrong moment and nothing can tell. `target` is whom it went to: a desk, a queue, a number.
    """

    TYPE: ClassVar[str] = "hotline.call_acted"
    DELIVERY: ClassVar[Delivery] = "durable"
    op_id: UUID
    call_id: Annotated[UUID, PUBLIC]
    verb: str
    actor_id: str
    target: Annotated[str, PERSONAL]
    leg_id: UUID | None
    outcome: Literal["done", "uncertain"]
