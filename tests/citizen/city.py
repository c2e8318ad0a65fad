"""The rooms of citizens and of cases on one database: events go from one to the other as the outbox gives
them, and every one comes twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import httpx2 as httpx
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy import select

from cases.events import CaseSource
from cases.exchange.ports import FormWebhook, NoWebhook
from cases.ports import CasesPorts
from cases.reports.offers.ports import NoReportAgents, ReportAgents
from cases.room import CasesRoom
from cases.room import build as build_cases
from cases.settings import CasesSettings
from citizen.channels.installed import channels
from citizen.channels.open311.settings import Open311Settings
from citizen.channels.web_form.settings import WebFormSettings
from citizen.channels.wechat.settings import WeChatSettings
from citizen.contract import Channel, ChannelPorts, CitizenReport, ProgressNotice, VoiceRecogniser
from citizen.contract.staff import NoStaffDesk, StaffDesk
from citizen.mails.ports import MailLink
from citizen.mails.settings import NoticeMailSettings
from citizen.messages.ports import SmsLink
from citizen.ports import CitizenPorts, ExpectedTimes, no_recogniser
from citizen.room import CitizenRoom
from citizen.settings import CitizenSettings
from core.actor import Actor, Role
from core.bus import E
from core.errors import SonghuaError, problem_of
from core.events import Event, parse
from core.ids import uuid7
from core.room import Health
from core.routes import add_routes
from core.storage import Storage, Transaction
from core.storage.schema import outbox
from gateway.wiring.citizen import AddressIds, CasesOfCitizens, clean_picture, report_classes, street_names
from gateway.wiring.exchange import ReportsOfOrders
from tests.cases.assignments.people import HE, MA
from tests.cases.rooms import (
    ACCEPTOR,
    ADMIN,
    AGENT,
    DISPATCHER,
    OTHER_AGENT,
    AuditedActs,
    KnownCalls,
    Looked,
    known,
)

SUPERVISOR = Actor("chen", "陈班长", frozenset({Role.SUPERVISOR}))
PEOPLE = {one.id: one for one in (AGENT, OTHER_AGENT, DISPATCHER, ACCEPTOR, SUPERVISOR, ADMIN, MA, HE)}
SITE = "https://report.city.example"
AT = datetime(2026, 11, 30, 8, tzinfo=UTC)


class Acts:
    """What the audit trail was told of, in the transaction of the act."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, str]] = []

    async def record_in(
        self, transaction: Transaction, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        self.done.append((actor.id, action, subject))


class Handlers:
    """The subscribers of both rooms; `live` is what was published."""

    def __init__(self) -> None:
        self.live: list[Event] = []
        self._handlers: list[tuple[type[Event], Callable[[Event], Awaitable[None]]]] = []

    def publish(self, event: Event) -> None:
        self.live.append(event)

    def subscribe(self, event_type: type[E], handler: Callable[[E], Awaitable[None]], *, name: str) -> None:
        async def take(event: Event) -> None:
            assert isinstance(event, event_type), name
            await handler(event)

        self._handlers.append((event_type, take))

    async def deliver(self, event: Event) -> None:
        for wanted, handler in self._handlers:
            if isinstance(event, wanted):
                await handler(event)


@dataclass
class SimulatedSms:
    """A channel that remembers what it sent. `fails` are raised by the next attempts, in their order."""

    ports: ChannelPorts
    name: str = "sms"
    source: CaseSource = CaseSource.SMS
    routers: Sequence[APIRouter] = ()
    sent: list[ProgressNotice] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def health(self) -> Sequence[Health]:
        return ()

    async def send(self, notice: ProgressNotice) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.sent.append(notice)


@dataclass
class City:
    citizen: CitizenRoom
    cases: CasesRoom
    bus: Handlers
    looked: Looked
    storage: Storage
    sms: SimulatedSms
    web: httpx.AsyncClient
    app: FastAPI
    acts: Acts
    expected_times: ExpectedTimes
    _seen: int = 0

    async def settle(self) -> None:
        """Deliver what the outbox holds, each event twice, until nothing new follows."""
        while True:
            async with self.storage.read() as connection:
                wanted = select(outbox.c.seq, outbox.c.envelope).where(outbox.c.seq > self._seen)
                rows = (await connection.execute(wanted.order_by(outbox.c.seq))).all()
            if not rows:
                return
            for row in rows:
                for _ in range(2):
                    await self.bus.deliver(parse(row.envelope))
                self._seen = row.seq

    async def ask(self, who: Actor | None, method: str, path: str, **body: object) -> httpx.Response:
        headers = {} if who is None else {"x-user": who.id}
        return await self.web.request(method, f"/api{path}", json=body or None, headers=headers)

    async def act(self, who: Actor, path: str, **body: object) -> httpx.Response:
        return await self.ask(who, "POST", path, op_id=str(uuid7()), **body)


def a_report(**changed: object) -> CitizenReport:
    """A report by SMS."""
    told = CitizenReport(
        message_id="m1", text="公滨路5号门口井盖不见了，很危险", received_at=AT, reporter="13904510001"
    )
    return replace(told, **changed)  # type: ignore[arg-type]


@asynccontextmanager
async def city(
    storage: Storage,
    open311: Open311Settings | None = None,
    link: SmsLink | None = None,
    *,
    real_sms: bool = False,
    doubt_s: float = 900,
    webhook: FormWebhook | None = None,
    wechat: WeChatSettings | None = None,
    recognise: VoiceRecogniser = no_recogniser,
    report_agents: ReportAgents | None = None,
    cases_settings: CasesSettings | None = None,
    case_ports: Mapping[str, Any] | None = None,
    staff: Callable[[CasesRoom, Handlers], StaffDesk] | None = None,
    mails: MailLink | None = None,
    **web_form: int | bool,
) -> AsyncIterator[City]:
    """Both rooms; the settings of the web form are given by name. `real_sms`: by the link; `mails`: reporters
    are told by e-mail. `case_ports` are further ports of the cases, `staff` makes what members of staff work
    by.
    """
    bus, looked, acts, made = Handlers(), Looked(), Acts(), []

    def signed_in(request: Request) -> Actor:
        return PEOPLE[request.headers["x-user"]]

    def make(settings: CitizenSettings, ports: ChannelPorts) -> Sequence[Channel]:
        made.append(SimulatedSms(ports))
        return (*channels(settings, ports), *([] if real_sms else made))

    with patch("cases.room.knowledge", lambda _settings: known()):
        of_cases = CasesPorts(
            storage, bus, KnownCalls(), signed_in, looked, audit=AuditedActs(),
            order_reports=ReportsOfOrders(lambda: citizen.reports), webhook=webhook or NoWebhook(),
            report_agents=report_agents or NoReportAgents(),
            **(case_ports or {}),
        )  # fmt: skip
        cases = build_cases(cases_settings or CasesSettings(), of_cases)
    known_cases = CasesOfCitizens(storage, cases.cases)
    form = WebFormSettings.model_validate({"enabled": True, **web_form})
    settings = CitizenSettings(
        web_form=form, open311=open311 or Open311Settings(), wechat=wechat or WeChatSettings(),
        message_doubt_s=doubt_s, email=NoticeMailSettings(enabled=mails is not None, site=SITE),
    )  # fmt: skip
    ports = CitizenPorts(
        storage, bus, signed_in, looked, clean_picture, lambda asked: asked.headers.get("x-from", "10.0.0.1"),
        cases.reports.require_readable, acts, known_cases.may_read, known_cases.by_code,
        known_cases.caller_of, report_classes(), link, recognise, street_names(known().gazetteer),
        known_cases.expected_times, AddressIds(known().gazetteer, cases.parts),
        NoStaffDesk() if staff is None else staff(cases, bus), dials=True, mails=mails,
    )  # fmt: skip
    citizen = CitizenRoom(settings, ports, make)
    app = FastAPI()
    for router in (*cases.routers, *citizen.routers):
        add_routes(app.router, router, "/api")

    @app.exception_handler(SonghuaError)
    async def problem(_request: Request, error: SonghuaError) -> JSONResponse:
        return JSONResponse(problem_of(error).model_dump(), error.status)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as web:
        yield City(citizen, cases, bus, looked, storage, made[0], web, app, acts, known_cases.expected_times)
