"""Sends mails over SMTP (RFC 5321), with TLS (RFC 3207, RFC 8314) and a login (RFC 4954).

`smtplib` works in a thread: a slow server holds nothing up. Its answer decides: 4xx, a cut line or a server
that is away may be tried again; 5xx is final.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import ClassVar

from cdr.reports.schedules.ports import MailFile, ReportMail
from core.clock import Clock
from core.errors import Invalid, Unavailable
from gateway.smtp.settings import MailSettings

_FINAL = 500


class MailServerAway(Unavailable):
    kind: ClassVar[str] = "mail-server-away"
    title: ClassVar[str] = "The mail server does not take the mail now"


class MailRejected(Invalid):
    kind: ClassVar[str] = "mail-rejected"
    title: ClassVar[str] = "The mail server refuses the mail"


class SmtpMailer:
    """Fills `cdr.reports.schedules.ports.Mailer`."""

    def __init__(self, settings: MailSettings | None, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    @property
    def ready(self) -> bool:
        return self._settings is not None

    async def send(self, mail: ReportMail) -> None:
        """Raises `MailServerAway`, `MailRejected`."""
        settings = self._settings
        if settings is None:
            raise MailServerAway("no mail server is set", remedy="set [mail] in the settings")
        message = message_of(mail, settings)
        message["Date"] = format_datetime(self._clock.now())
        await asyncio.to_thread(_send, settings, message)


def message_of(mail: ReportMail, settings: MailSettings) -> EmailMessage:
    """The text as plain and as HTML with its pictures, then the files."""
    message = EmailMessage(SMTP_POLICY)
    message["Message-ID"] = mail.message_id
    message["From"] = Address(settings.sender_name, addr_spec=settings.sender)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = mail.subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    html = message.get_body(("html",))
    assert isinstance(html, EmailMessage)
    for one in mail.files:
        if one.inline:
            _add(html.add_related, one, cid=f"<{one.name}>")
    for one in mail.files:
        if not one.inline:
            _add(message.add_attachment, one)
    return message


def _add(add: object, one: MailFile, **more: str) -> None:
    main, _, sub = one.media_type.partition("/")
    assert callable(add)
    add(one.content, maintype=main, subtype=sub, filename=one.name, **more)


def _send(settings: MailSettings, message: EmailMessage) -> None:
    try:
        with _connected(settings) as server:
            if settings.user:
                server.login(settings.user, settings.password.get_secret_value())
            server.send_message(message)
    except smtplib.SMTPAuthenticationError as error:
        # An administrator mends the account; the mails wait for him.
        raise MailServerAway(f"login refused: {error.smtp_code}", remedy="see mail.user") from error
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise _answered(code, text) from error
    except smtplib.SMTPResponseException as error:
        raise _answered(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise MailServerAway(why, remedy="see mail.host and mail.security") from error


def _connected(settings: MailSettings) -> smtplib.SMTP:
    if settings.security == "none":
        return smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.security == "tls":
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout_s, context=context)
    server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
    try:
        server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


def _answered(code: int, text: bytes | str) -> MailServerAway | MailRejected:
    told = text.decode(errors="replace") if isinstance(text, bytes) else text
    said = f"{code} {told}"[:300]
    if code >= _FINAL:
        return MailRejected(said, remedy="see the address, or ask who runs the mail server")
    return MailServerAway(said, remedy="it is tried again")
