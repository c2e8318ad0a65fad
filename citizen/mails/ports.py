"""What notices by e-mail need from elsewhere: the mail server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.room import Health


@dataclass(frozen=True, slots=True)
class NoticeMail:
    """One e-mail to one reporter. `message_id` is the same however often it is sent; `stop_url` takes the
    POST of a mail program's own button (RFC 8058).
    """

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    stop_url: str


class MailLink(Protocol):
    """The server that takes our e-mails. It is asked anew for each."""

    async def until_ready(self) -> None:
        """Returns once the server may be asked again: one that was away has its pause first."""
        ...

    async def send(self, mail: NoticeMail) -> None:
        """Returns once the server has it. Raises `citizen.messages.errors.MessageUnsent`, `MessageRejected`,
        `MessageInDoubt`.
        """
        ...

    def health(self) -> Sequence[Health]: ...
