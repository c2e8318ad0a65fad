"""Notices by e-mail leave by the one mail server of the settings, which has a pause after it was away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cdr.reports.schedules.ports import ReportMail
from citizen.mails.ports import NoticeMail
from citizen.messages.errors import MessageInDoubt, MessageRejected, MessageUnsent
from core.clock import Clock
from core.room import Health
from gateway.smtp.client import MailRejected, MailServerAway, SmtpMailer

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0


class MailedNotices:
    """Fills `citizen.mails.ports.MailLink`."""

    def __init__(self, mailer: SmtpMailer, clock: Clock, *, first_pause_s: float = FIRST_PAUSE_S) -> None:
        self._mailer = mailer
        self._clock = clock
        self._first_s = first_pause_s
        self._pause_s = 0.0
        self._until = 0.0
        self._why = ""

    async def until_ready(self) -> None:
        """A server that is away is asked by one e-mail after each pause, not by all that wait."""
        while (left := self._until - self._clock.monotonic()) > 0:
            await self._clock.sleep(left)

    async def send(self, mail: NoticeMail) -> None:
        """Raises as the port says, without the server's words, which may repeat the address."""
        told = ReportMail(mail.message_id, mail.to, mail.subject, mail.text, mail.html)
        try:
            await self._mailer.send(told, stop_url=mail.stop_url)
        except MailRejected as error:
            self._is_there()
            raise MessageRejected(_code(error.detail), remedy="see the address") from error
        except MailServerAway as error:
            if error.in_doubt:
                raise MessageInDoubt(_code(error.detail)) from error
            if error.about_mail:
                self._is_there()
            else:
                self._is_away(error)
            raise MessageUnsent(_code(error.detail), remedy=error.remedy) from error
        self._is_there()

    def health(self) -> Sequence[Health]:
        if not self._why:
            return (Health("mail", "up"),)
        why = f"the mail server takes nothing ({self._why}): notices wait; see [mail]"
        return (Health("mail", "degraded", why),)

    def _is_there(self) -> None:
        self._pause_s, self._until, self._why = 0.0, 0.0, ""

    def _is_away(self, error: MailServerAway) -> None:
        self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 2 or self._first_s)
        self._until = self._clock.monotonic() + self._pause_s
        self._why = _code(error.detail)


def _code(detail: str) -> str:
    """The server's answer without its words: `550`, or `Connection refused`."""
    first = detail.split(maxsplit=1)[0] if detail else ""
    return first if first.isdigit() else detail[:60]
