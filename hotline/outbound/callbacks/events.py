"""What the hotline tells of callbacks: as they are, who is offered one, what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from core.events import PERSONAL, PUBLIC, Delivery, Event
from hotline.calls.events import CallerContext
from hotline.view import HotlineView

CallbackReason = Literal["abandoned", "overflow", "out-of-hours", "voicemail", "asked", "cut_off"]
"""`cut_off`: the talk broke off, by a fault of a line or of the agent's phone. It comes before all others."""


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


class LostCallView(HotlineView):
    """A call that nobody spoke with. `voicemail`: seconds (start, end) inside its own recording."""

    call_id: Annotated[UUID, PUBLIC]
    reason: CallbackReason
    place: datetime
    at: datetime
    voicemail: tuple[float, float] | None


class AttemptView(HotlineView):
    call_id: Annotated[UUID, PUBLIC]
    agent_id: str
    began: datetime
    answered: datetime | None
    ended: datetime | None
    outcome: AttemptOutcome | None
    in_doubt: bool
    note: Annotated[str, PERSONAL]


class CallbackView(HotlineView):
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


class CallbackRings(Event):
    """To the agent who has accepted: his phone rings for this callback in the call `call_id`, which bears
    no number of its own.
    """

    TYPE: ClassVar[str] = "hotline.callback_rings"
    callback_id: Annotated[UUID, PUBLIC]
    call_id: Annotated[UUID, PUBLIC]
    agent_id: str
    callback: CallbackView
    context: CallerContext | None


class CallbackFailed(Event):
    """To the agent who dialled: the citizen was not reached. `due` is the next time that he is tried, None
    when it was the last.
    """

    TYPE: ClassVar[str] = "hotline.callback_failed"
    callback_id: Annotated[UUID, PUBLIC]
    call_id: Annotated[UUID, PUBLIC]
    agent_id: str
    outcome: AttemptOutcome
    due: datetime | None
    number: Annotated[str, PERSONAL]


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
