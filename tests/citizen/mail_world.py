"""The room of citizens with a real mail server; each test brings the outbox there when it wants to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from sqlalchemy import select

from cases.events import CaseView
from citizen.events import MailQueued, MessageQueued
from citizen.messages.model import MessageRules
from citizen.messages.ports import SmsLink
from citizen.messages.tables import messages
from core.clock import SystemClock
from core.events import Event
from core.storage import Storage
from gateway.smtp.client import SmtpMailer
from gateway.smtp.settings import MailSettings
from gateway.tls.folder import TlsFolder
from gateway.wiring.notice_mails import MailedNotices
from gateway.wiring.storage import CITIZEN_MAIL, SMS
from tests.cases.rooms import AGENT
from tests.citizen.city import City, city
from tests.citizen.test_web_form import body
from tests.peers.smtp_server import PASSWORD, USER, Mailbox
from tests.sms.sms_world import DayClock

WANG = "wang@example.org"
MASKED = "w***@e***.org"
MOBILE = "13904510001"
RULES = MessageRules.model_validate({"per_day": 100})


def routed(event: Event) -> tuple[str, ...]:
    """Where events go, as the service has it."""
    if event.TYPE == MailQueued.TYPE:
        return (CITIZEN_MAIL,)
    return (SMS,) if event.TYPE == MessageQueued.TYPE else ("bus",)


def mail_settings(port: int, authority: TlsFolder) -> MailSettings:
    return MailSettings.model_validate(
        {"host": "localhost", "port": port, "ca_file": authority.authority.certificate, "user": USER,
         "password": PASSWORD, "sender": "songhua@city.example", "timeout_s": 5}
    )  # fmt: skip


def link_to(port: int, authority: TlsFolder) -> MailedNotices:
    return MailedNotices(
        SmtpMailer(mail_settings(port, authority), SystemClock()), SystemClock(), first_pause_s=0.01
    )


def words_of(mail: EmailMessage) -> str:
    """The plain text."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@dataclass
class MailWorld:
    city: City
    storage: Storage
    clock: DayClock

    async def reported(self, **told: object) -> CaseView:
        """A case that was filed from a report of the web form with an address."""
        answer = await self.city.web.post(
            "/api/citizen/reports", json=body(**{"phone": "", "email": WANG, **told})
        )
        assert answer.status_code == 201, answer.text
        await self.city.settle()
        draft_id = (await self.city.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"][-1]["draft_id"]
        await self.city.act(AGENT, f"/drafts/{draft_id}/take")
        case = (await self.city.act(AGENT, f"/drafts/{draft_id}/confirm")).json()
        await self.city.settle()
        return CaseView.model_validate(case)

    async def relay(self) -> int:
        """One pass over what is to leave by e-mail; how many are over."""
        assert self.city.citizen.mail_sender is not None
        return await self.city.citizen.mail_sender.relay.relay_once()

    async def rows(self, *columns: str) -> Sequence[tuple[Any, ...]]:
        """These columns of the messages, the oldest first."""
        wanted = select(*(messages.c[one] for one in columns))
        async with self.storage.read() as connection:
            found = await connection.execute(wanted.order_by(messages.c.created_at, messages.c.message_id))
            return [tuple(row) for row in found]

    async def states(self) -> list[str]:
        return [str(row[0]) for row in await self.rows("state")]


@asynccontextmanager
async def mail_world(
    storage: Storage, port: int, authority: TlsFolder, *, sms: SmsLink | None = None, doubt_s: float = 900
) -> AsyncIterator[MailWorld]:
    clock = DayClock()
    storage.clock = clock
    storage.route = routed
    async with city(storage, link=sms, doubt_s=doubt_s, mails=link_to(port, authority)) as on:
        on.citizen.messages.rules = RULES
        yield MailWorld(on, storage, clock)


@asynccontextmanager
async def mailing(
    storage: Storage, box: Mailbox, authority: TlsFolder, **told: Any
) -> AsyncIterator[MailWorld]:
    async with mail_world(storage, box.port, authority, **told) as made:
        yield made
