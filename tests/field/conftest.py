"""A city with one unit and a driver that remembers; the rules are tested without a broker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import select

from cases.events import CrewStep, DispatchStep
from core.actor import Actor, Role
from core.bus import Handler
from core.errors import Unavailable
from core.events import Event, parse
from core.ids import uuid7
from core.room import Health
from core.storage import Storage
from core.storage.schema import outbox
from field.contract.port import UnitSink
from field.delivery.model import EscalationRules
from field.delivery.service import DeliveryService
from field.dispatches.model import JobContent, UnitJob, UnitReportEntry
from field.dispatches.radio.service import Dispatches
from field.emergency.model import EmergencyAlarm
from field.events import DeliveryChanged, DispatchOverdue
from field.photos.model import Photo
from field.texts.model import UnitText
from field.units.centre.service import UnitRegister
from field.units.model import Unit
from tests.field.ports import AuditTrail, terminal_alone

UNIT = "app:17"
ADMIN = Actor("test", "test", frozenset({Role.ADMIN, Role.SUPERVISOR}))
DISPATCHER = Actor("li", "Li", frozenset({Role.DISPATCHER}))


@dataclass
class RememberingDriver:
    """Implements `UnitDriver`; `reachable` and `away` are what the network would answer."""

    network: str = "app"
    reachable: bool = True
    away: bool = False
    jobs: list[UUID] = field(default_factory=list)
    recalls: list[UUID] = field(default_factory=list)
    receipts: list[UUID] = field(default_factory=list)
    lists: list[list[UUID]] = field(default_factory=list)
    texts: list[UUID] = field(default_factory=list)
    alarms: list[tuple[UUID, str, str]] = field(default_factory=list)
    tickets: list[tuple[UUID, str]] = field(default_factory=list)
    located: list[str] = field(default_factory=list)
    answered: list[UUID] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def attach(self, sink: UnitSink, on_up: Callable[[], Awaitable[None]]) -> None:
        """Nothing comes in by itself here."""

    async def send_job(self, job: UnitJob) -> bool:
        return self._answer(self.jobs, job.dispatch_id, job.seq)

    async def send_recall(self, job: UnitJob) -> bool:
        return self._answer(self.recalls, job.dispatch_id, job.seq)

    async def send_receipt(self, unit_id: str, of: UUID, seq: int) -> bool:
        return self._answer(self.receipts, of, seq)

    async def send_open_jobs(
        self, unit_id: str, jobs: Sequence[UnitJob], seq: int, *, complete: bool, inspector: bool = False
    ) -> bool:
        return self._answer(self.lists, [job.dispatch_id for job in jobs], seq)

    async def send_text(self, text: UnitText) -> bool:
        return self._answer(self.texts, text.text_id, text.seq)

    async def send_alarm(self, alarm: EmergencyAlarm, seq: int) -> bool:
        by = alarm.cleared_by or alarm.acknowledged_by
        return self._answer(self.alarms, (alarm.alarm_id, alarm.state.value, by.name if by else ""), seq)

    async def ask_place(self, unit_id: str, seq: int) -> bool:
        return self._answer(self.located, unit_id, seq)

    async def send_ticket(self, photo: Photo, ticket: str, seq: int, of: UUID) -> bool:
        self.answered.append(of)
        return self._answer(self.tickets, (photo.photo_id, ticket), seq)

    def health(self) -> Health:
        return Health("app", "degraded" if self.away else "up")

    def _answer(self, told: list[Any], what: object, seq: int) -> bool:
        if self.away:
            raise Unavailable
        told.append(what)
        self.numbers.append(seq)
        return self.reachable


class RecordingBus:
    def __init__(self) -> None:
        self.published: list[Event] = []

    def publish(self, event: Event) -> None:
        self.published.append(event)

    async def deliver(self, event: Event) -> None:
        self.published.append(event)

    def subscribe(self, event_type: type[Any], handler: Handler[Any], *, name: str) -> None:
        """Nobody is called here."""


class Accounts:
    """Stands for the broker's accounts."""

    def __init__(self) -> None:
        self.issued: list[str] = []
        self.withdrawn: list[str] = []
        self.devices: dict[str, tuple[str, ...]] = {}
        self.away = False

    async def issue(self, uid: str, *, devices: Sequence[str] = ()) -> str:
        if self.away:
            raise Unavailable
        self.issued.append(uid)
        self.devices[uid] = tuple(devices)
        return f"password {len(self.issued)}"

    async def withdraw(self, uid: str) -> None:
        if self.away:
            raise Unavailable
        self.withdrawn.append(uid)


class City:
    """The parts under test, and words to speak with them."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.bus = RecordingBus()
        self.driver = RememberingDriver()
        self.accounts = Accounts()
        self.register = UnitRegister(storage, self.bus, self.accounts, AuditTrail())
        self.dispatches = Dispatches(
            storage,
            self.bus,
            self.driver,
            retry_s=30,
            delivery_service=DeliveryService(EscalationRules(), {}),
            ways=terminal_alone,
        )

    async def order(self, unit_id: str = UNIT) -> UUID:
        dispatch_id = uuid7()
        await self.dispatches.queue(Event(), dispatch_id, unit_id, content())
        return dispatch_id

    def said(self, dispatch_id: UUID, step: str, seq: int = 1, unit_id: str = UNIT) -> UnitReportEntry:
        return UnitReportEntry(
            unit_id,
            dispatch_id,
            cast("CrewStep", DispatchStep(step)),
            "",
            "",
            uuid7(),
            seq,
            datetime.now(UTC),
        )

    async def emitted(self) -> list[Event]:
        """Without the steps on each bearer and what is overdue, which `chain` has."""
        return [
            one for one in await self.all_emitted() if not isinstance(one, DeliveryChanged | DispatchOverdue)
        ]

    async def all_emitted(self) -> list[Event]:
        async with self.storage.read() as connection:
            rows = await connection.execute(select(outbox.c.envelope).order_by(outbox.c.seq))
            return [parse(row.envelope) for row in rows]


def content() -> JobContent:
    return JobContent(
        case_number="230102-20261125-0001", category="暴露垃圾", place="中央大街与西十四道街交口"
    )


@pytest.fixture
async def city(any_storage: Storage) -> City:
    made = City(any_storage)
    await made.register.create(Unit(UNIT, "道里一组"), ADMIN)
    made.bus.published.clear()
    return made
