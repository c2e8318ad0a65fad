"""What the exchange needs from elsewhere: who posts a form to a web address, and who mails it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from cases.exchange.errors import FormUnsent
from cases.exchange.model import FormReceiver
from core.errors import Unavailable
from core.place import Position


@dataclass(frozen=True, slots=True)
class FormMail:
    """A form as a mail: `text` for people, `document` (JSON) for programs. Each attempt has the same
    `form_id`.
    """

    form_id: UUID
    to: str
    subject: str
    text: str
    document: bytes


class FormWebhook(Protocol):
    @property
    def ready(self) -> bool:
        """Whether the settings name a signing key."""
        ...

    async def post(self, receiver: FormReceiver, form_id: UUID, document: bytes) -> None:
        """Returns once the receiver has taken it. Raises `FormUnsent`, `FormRefused`."""
        ...

    async def ask(self, receiver: FormReceiver, form_id: UUID, document: bytes) -> bytes:
        """As `post`, for what may be longer and is answered: the body of the answer, empty without one."""
        ...


class FormMailer(Protocol):
    @property
    def ready(self) -> bool:
        """Whether the settings name a mail server."""
        ...

    async def send(self, mail: FormMail) -> None:
        """Returns once the server has taken it. Raises `FormUnsent`, `FormRefused`."""
        ...


@dataclass(frozen=True, slots=True)
class ReportedOrder:
    """A work order as a report: `reference` is the number by which it is one however often it comes."""

    reference: str
    text: str
    received_at: datetime
    place: str
    phone: str
    position: Position | None
    category: str


class OrderReports(Protocol):
    async def receive(self, order: ReportedOrder) -> UUID:
        """Put it into the queue of drafts; the draft's id. The same order again gets the same id; one with
        other words under a known number is refused.
        """
        ...


class NoOrderReports:
    """Where no reports are taken."""

    async def receive(self, order: ReportedOrder) -> UUID:
        del order
        raise Unavailable("no reports are taken here", remedy="use the service")


class NoWebhook:
    """Where nothing is posted: a command, a test of this room alone."""

    ready = False

    async def post(self, receiver: FormReceiver, form_id: UUID, document: bytes) -> None:
        del receiver, form_id, document
        raise FormUnsent("no-key", remedy="set [webhooks] signing_key")

    async def ask(self, receiver: FormReceiver, form_id: UUID, document: bytes) -> bytes:
        del receiver, form_id, document
        raise FormUnsent("no-key", remedy="set [webhooks] signing_key")


class NoFormMailer:
    """Where nothing is mailed."""

    ready = False

    async def send(self, mail: FormMail) -> None:
        del mail
        raise FormUnsent("no-mail-server", remedy="set [mail] in the settings")
