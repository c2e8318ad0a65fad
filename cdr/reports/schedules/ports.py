"""What scheduled reports need from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from core.actor import Actor


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file of a mail. `inline` is shown in the text by its name (`cid:NAME`)."""

    name: str
    media_type: str
    content: bytes
    inline: bool = False


@dataclass(frozen=True, slots=True)
class ReportMail:
    """One mail to one person. `message_id` is the same however often it is sent."""

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    files: tuple[MailFile, ...] = ()


class Mailer(Protocol):
    @property
    def ready(self) -> bool:
        """Whether the settings name a mail server."""
        ...

    async def send(self, mail: ReportMail) -> None:
        """Returns once the server has taken it. Raises `core.errors.Unavailable` when it may be tried again,
        and `core.errors.Invalid` when the server refuses it for good.
        """
        ...


class ReportOwners(Protocol):
    async def actor(self, user_id: str) -> Actor | None:
        """The person with the rights of now; None for one who may no longer sign in."""
        ...


class EvaluationReports(Protocol):
    """The evaluation of cases, which another room makes."""

    async def to_send(
        self, owner: Actor, since: date, until: date, language: Literal["zh", "en"]
    ) -> tuple[str, str, bytes]:
        """A title, the page as HTML and as PDF, of what the owner may see; `until` no longer belongs to it.
        Raises `core.errors.Forbidden`, `StorageAway`.
        """
        ...
