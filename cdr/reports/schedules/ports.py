"""What scheduled reports need from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

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
