"""What the exchange needs from elsewhere: who posts a form to a web address, and who mails it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from cases.exchange.errors import FormUnsent
from cases.exchange.model import FormReceiver


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


class FormMailer(Protocol):
    @property
    def ready(self) -> bool:
        """Whether the settings name a mail server."""
        ...

    async def send(self, mail: FormMail) -> None:
        """Returns once the server has taken it. Raises `FormUnsent`, `FormRefused`."""
        ...


class NoWebhook:
    """Where nothing is posted: a command, a test of this room alone."""

    ready = False

    async def post(self, receiver: FormReceiver, form_id: UUID, document: bytes) -> None:
        del receiver, form_id, document
        raise FormUnsent("no-key", remedy="set [webhooks] signing_key")


class NoFormMailer:
    """Where nothing is mailed."""

    ready = False

    async def send(self, mail: FormMail) -> None:
        del mail
        raise FormUnsent("no-mail-server", remedy="set [mail] in the settings")
