"""A real SMTP server (aiosmtpd) with STARTTLS or TLS and a login; what it answers can be chosen."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from gateway.tls.folder import TlsFolder

USER, PASSWORD = "songhua", "smtp-secret-of-the-test"


@dataclass
class Mailbox:
    """`answers` are given one after the other instead of taking a mail; `silent` cuts the line instead of the
    answer to one that was taken. `to_sender` and `to_quit` are the answers to MAIL and QUIT.
    """

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    """The same as they came: reading `mails` undoes what their headers were encoded with."""
    to: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    silent: bool = False
    to_sender: str = ""
    to_quit: str = "221 bye"
    encrypted: list[bool] = field(default_factory=list)
    users: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        self.raw.append(content)
        self.to += envelope.rcpt_tos
        line = server.transport
        assert isinstance(line, asyncio.Transport)
        self.encrypted.append(line.get_extra_info("ssl_object") is not None)
        self.users.append(str(session.auth_data or ""))
        if self.silent:
            line.abort()
        return "250 taken"

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if self.to_sender:
            return self.to_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del server, session, envelope
        return self.to_quit

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"


def _login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    del server, session, envelope, mechanism
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, auth_data=USER, handled=False)


@asynccontextmanager
async def smtp_server(
    authority: TlsFolder, *, starttls: bool = True, port: int = 0
) -> AsyncIterator[Mailbox]:
    """Listens on 127.0.0.1 until the block ends."""
    files = authority.service("web")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    box = Mailbox()

    def connected() -> SMTP:
        return SMTP(
            box,
            tls_context=context if starttls else None,
            require_starttls=starttls,
            authenticator=_login,
            auth_required=True,
            auth_require_tls=starttls,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connected, "127.0.0.1", port, ssl=None if starttls else context)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
