"""What is told of a call that is handed over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from core.events import PUBLIC, Delivery, Event
from hotline.view import HotlineView

HandoverState = Literal["calling", "answered", "failed"]
"""`answered`: they have taken the call, and the danger is theirs. `failed`: nobody did; the citizen is with
his agent again, or first in the queue.
"""


class HandoverView(HotlineView):
    """A call's last hand-over. `settled_at` is when it was answered or failed."""

    service: str
    number: str
    mode: Literal["blind", "consult"]
    by: str
    asked_at: datetime
    state: HandoverState
    settled_at: datetime | None = None


class HandoverSettled(Event):
    """A hand-over has been answered, or has failed. It comes once for each `op_id`."""

    TYPE: ClassVar[str] = "hotline.handover_settled"
    DELIVERY: ClassVar[Delivery] = "durable"
    op_id: UUID
    call_id: Annotated[UUID, PUBLIC]
    handover: HandoverView
