"""Events of call control: verbs that took effect, requests to a page, calls for help."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from core.events import PERSONAL, PUBLIC, Delivery, Event
from core.models import Frozen


class HelpView(Frozen):
    """An agent's call for help; `accepted_by` is the supervisor who comes."""

    asked_by: str
    asked_at: datetime
    accepted_by: str | None = None
    accepted_at: datetime | None = None


class AnswerRequested(Event):
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
