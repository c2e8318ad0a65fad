"""Fills the ports by which forms reach departments: the mail server, and the secrets that commands show."""

from __future__ import annotations

from html import escape

from cases.exchange.errors import FormRefused, FormUnsent
from cases.exchange.ports import FormMail
from cdr.reports.schedules.ports import MailFile, ReportMail
from gateway.smtp.client import MailRejected, MailServerAway, SmtpMailer


class MailedForms:
    """Fills `cases.exchange.ports.FormMailer`."""

    def __init__(self, mailer: SmtpMailer) -> None:
        self._mailer = mailer

    @property
    def ready(self) -> bool:
        return self._mailer.ready

    async def send(self, mail: FormMail) -> None:
        """Raises `FormUnsent`, `FormRefused`: without the server's words, which may repeat the address."""
        try:
            await self._mailer.send(
                ReportMail(
                    message_id=f"<{mail.form_id}@songhua>",
                    to=mail.to,
                    subject=mail.subject,
                    text=mail.text,
                    html=f"<!doctype html><html lang='zh'><body><pre>{escape(mail.text)}</pre></body></html>",
                    files=(MailFile("form.json", "application/json", mail.document),),
                )
            )
        except MailRejected as error:
            raise FormRefused("mail-refused") from error
        except MailServerAway as error:
            raise FormUnsent("mail-away", away=True) from error
