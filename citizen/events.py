"""What this room tells others. Each event leaves with the transaction that stored what it is about."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from cases.events import CaseSource
from core.events import PERSONAL, PUBLIC, Delivery, Event
from core.place import Position


class ReportReceived(Event):
    """A citizen reported something. The draft that is made of it has the report's id."""

    TYPE: ClassVar[str] = "citizen.report_received"
    DELIVERY: ClassVar[Delivery] = "durable"
    report_id: Annotated[UUID, PUBLIC]
    source: CaseSource
    received_at: datetime
    text: Annotated[str, PERSONAL]
    place: Annotated[str, PERSONAL] = ""
    phone: Annotated[str, PERSONAL] = ""
    position: Annotated[Position | None, PERSONAL] = None
    category: str = ""
    """The class that the reporter chose."""
    part_id: Annotated[str, PERSONAL] = ""
    """The part of the register that it is about."""


class ReportAdded(Event):
    """A reporter added words or pictures to an own report."""

    TYPE: ClassVar[str] = "citizen.report_added"
    DELIVERY: ClassVar[Delivery] = "durable"
    report_id: Annotated[UUID, PUBLIC]
    case_id: Annotated[UUID | None, PUBLIC] = None
    text: Annotated[str, PERSONAL] = ""
    pictures: int = 0


class ReportRated(Event):
    """A reporter rated how an own report was handled: 1 to 5 stars. `solved` is None where it was not said. A
    later rating of the same report replaces this one.
    """

    TYPE: ClassVar[str] = "citizen.report_rated"
    DELIVERY: ClassVar[Delivery] = "durable"
    report_id: Annotated[UUID, PUBLIC]
    case_id: Annotated[UUID | None, PUBLIC] = None
    source: CaseSource
    stars: int
    solved: bool | None = None
    words: Annotated[str, PERSONAL] = ""


class ReportForgotten(Event):
    """The words and the reporter of a report were erased: what others keep of them goes too."""

    TYPE: ClassVar[str] = "citizen.report_forgotten"
    DELIVERY: ClassVar[Delivery] = "durable"
    report_id: Annotated[UUID, PUBLIC]


class MessageQueued(Event):
    """A message to a citizen was written down; its id is the message's. It goes to the SMSC alone."""

    TYPE: ClassVar[str] = "citizen.message_queued"
    DELIVERY: ClassVar[Delivery] = "durable"


class MailQueued(Event):
    """The same for an e-mail. It goes to the mail server alone."""

    TYPE: ClassVar[str] = "citizen.mail_queued"
    DELIVERY: ClassVar[Delivery] = "durable"
