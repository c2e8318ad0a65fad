"""Sends mails over SMTP (RFC 5321), with TLS (RFC 3207, RFC 8314) and a login (RFC 4954).

`smtplib` works in a thread: a slow server holds nothing up. Its answer decides: 5xx about the recipient or
the mail is final; 4xx, a cut line, a server that is away or lets nobody in may be tried again.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from typing import ClassVar, Final

from cdr.reports.schedules.ports import MailFile, ReportMail
from core.clock import Clock
from core.errors import Invalid, Unavailable
from gateway.smtp.settings import MailSettings

_FINAL = 500
_GO_ON = 354
"""The server waits for the mail."""
_TOO_BIG = 552
"""Of the size that the sender's line tells (RFC 1870): it is about the mail."""


class _Whole(UnstructuredHeader, BaseHeader):
    """A URL on its one line: mail programs read neither encoded words nor half of it (RFC 2369)."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS: Final = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Whole)
_POLICY: Final = SMTP.clone(header_factory=_HEADERS)


class MailServerAway(Unavailable):
    """`about_mail`: it does not take this mail now; others it may. `in_doubt`: the mail has left, and no
    answer came: the server may have it.
    """

    kind: ClassVar[str] = "mail-server-away"
    title: ClassVar[str] = "The mail server does not take the mail now"

    def __init__(self, detail: str, *, remedy: str, about_mail: bool = False, in_doubt: bool = False) -> None:
        super().__init__(detail, remedy=remedy)
        self.about_mail = about_mail
        self.in_doubt = in_doubt


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

    async def send(self, mail: ReportMail, *, stop_url: str = "") -> None:
        """`stop_url` takes the POST by which a reader has no more of them (RFC 8058). Raises
        `MailServerAway`, `MailRejected`.
        """
        settings = self._settings
        if settings is None:
            raise MailServerAway("no mail server is set", remedy="set [mail] in the settings")
        try:
            message = message_of(mail, settings)
        except (ValueError, LookupError, MessageError) as error:
            raise _unwritable() from error
        message["Date"] = format_datetime(self._clock.now())
        if stop_url:
            message["List-Unsubscribe"] = f"<{stop_url}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        await asyncio.to_thread(_send, settings, message)


def message_of(mail: ReportMail, settings: MailSettings) -> EmailMessage:
    """The text as plain and as HTML with its pictures, then the files."""
    message = EmailMessage(_POLICY)
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


class _Doubts(smtplib.SMTP):
    """Knows whether the server has asked for the mail and not said since whether it has it."""

    leaves = False

    def getreply(self) -> tuple[int, bytes]:
        code, text = super().getreply()
        self.leaves = code == _GO_ON
        return code, text


class _EncryptedDoubts(_Doubts, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


def _send(settings: MailSettings, message: EmailMessage) -> None:
    server: _Doubts | None = None
    try:
        server = _connected(settings)
        try:
            if settings.user:
                server.login(settings.user, settings.password.get_secret_value())
            server.send_message(message)
            # The server has the mail: what it answers to a farewell changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise _answered(code, text) from error
    except smtplib.SMTPDataError as error:
        raise _answered(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPSenderRefused as error:
        if error.smtp_code == _TOO_BIG:
            raise _answered(error.smtp_code, error.smtp_error) from error
        raise _away(error) from error
    except smtplib.SMTPResponseException as error:
        raise _away(error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise _unwritable() from error
    except (smtplib.SMTPException, OSError) as error:  # a certificate that is wrong is a ValueError too
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        doubt = server is not None and server.leaves
        raise MailServerAway(why, remedy="see mail.host and mail.security", in_doubt=doubt) from error
    except (ValueError, MessageError) as error:
        raise _unwritable() from error


def _unwritable() -> MailRejected:
    """No mail can be addressed so."""
    return MailRejected("it cannot be written", remedy="see the address")


def _away(error: smtplib.SMTPResponseException) -> MailServerAway:
    """The server refuses the login, the sender or the session, not this mail: an administrator mends it, and
    the mails wait for him.
    """
    return MailServerAway(
        _said(error.smtp_code, error.smtp_error), remedy="see mail.user, mail.sender and mail.security"
    )


def _connected(settings: MailSettings) -> _Doubts:
    if settings.security == "none":
        return _Doubts(settings.host, settings.port, timeout=settings.timeout_s)
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.security == "tls":
        return _EncryptedDoubts(settings.host, settings.port, timeout=settings.timeout_s, context=context)
    server = _Doubts(settings.host, settings.port, timeout=settings.timeout_s)
    try:
        server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


def _answered(code: int, text: bytes | str) -> MailServerAway | MailRejected:
    """What an answer about this mail means."""
    if code >= _FINAL:
        return MailRejected(_said(code, text), remedy="see the address, or ask who runs the mail server")
    return MailServerAway(_said(code, text), remedy="it is tried again", about_mail=True)


def _said(code: int, text: bytes | str) -> str:
    told = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {told}"[:300]
