"""The room of cases on a real database with a bus that remembers, and the people who use it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from unittest.mock import patch
from uuid import UUID

from sqlalchemy import select

from cases.assignments.model import Handler
from cases.assignments.ports import CasePhoto
from cases.ports import CallFacts, CasesPorts
from cases.room import CasesRoom, Knowledge, build, knowledge
from cases.settings import CasesSettings
from cases.verification.ports import InspectorDirectory, NoInspectors
from core.actor import Actor, Role
from core.bus import E
from core.errors import NotFound, Unavailable
from core.events import Event, parse
from core.ids import uuid7
from core.storage import Storage, Transaction
from core.storage.schema import outbox

AGENT = Actor("wang", "王坐席", frozenset({Role.AGENT}))
OTHER_AGENT = Actor("sun", "孙坐席", frozenset({Role.AGENT}))
DISPATCHER = Actor("zhao", "赵调度", frozenset({Role.DISPATCHER}))
ACCEPTOR = Actor("li", "李验收", frozenset({Role.ACCEPTOR}))
ADMIN = Actor("root", "管理员", frozenset({Role.ADMIN}))


class RememberingBus:
    """Hands events to subscribers at once; `seen` is everything that was published."""

    def __init__(self) -> None:
        self.seen: list[Event] = []
        self._handlers: list[tuple[type[Event], Callable[[Event], Awaitable[None]]]] = []

    def publish(self, event: Event) -> None:
        self.seen.append(event)

    async def deliver(self, event: Event) -> None:
        for wanted, handler in self._handlers:
            if isinstance(event, wanted):
                await handler(event)

    def subscribe(self, event_type: type[E], handler: Callable[[E], Awaitable[None]], *, name: str) -> None:
        assert name.startswith("cases.")

        async def take(event: Event) -> None:
            assert isinstance(event, event_type)
            await handler(event)

        self._handlers.append((event_type, take))


@dataclass
class KnownCalls:
    """Stands for the hotline: what it knows of each call."""

    facts_of: dict[UUID, CallFacts] = field(default_factory=dict)
    agents: dict[UUID, set[str]] = field(default_factory=dict)

    async def facts(self, call_id: UUID) -> CallFacts | None:
        return self.facts_of.get(call_id)

    async def may_hear(self, actor: Actor, call_id: UUID) -> bool:
        return await self.takes_part(actor, call_id) or actor.has(Role.SUPERVISOR)

    async def takes_part(self, actor: Actor, call_id: UUID) -> bool:
        return actor.has(Role.AGENT) and actor.id in self.agents.get(call_id, ())


@dataclass
class KeptPhotos:
    """Stands for the store of photos: what departments brought."""

    kept: dict[UUID, tuple[UUID, CasePhoto, bytes]] = field(default_factory=dict)

    def put(self, case_id: UUID, by: str, data: bytes = b"photo") -> UUID:
        photo_id = uuid7()
        self.kept[photo_id] = case_id, CasePhoto(photo_id, datetime.now(UTC), by, by), data
        return photo_id

    async def of_case(self, case_id: UUID) -> Sequence[CasePhoto]:
        return [photo for of, photo, _ in self.kept.values() if of == case_id]

    async def read(self, case_id: UUID, photo: CasePhoto) -> tuple[str, bytes]:
        del case_id
        return "image/jpeg", self.kept[photo.photo_id][2]

    async def keep(
        self,
        actor: Actor,
        department_id: str,
        case_id: UUID,
        case_number: str,
        data: bytes,
        photo_id: UUID | None = None,
    ) -> UUID:
        del actor, case_number, photo_id
        return self.put(case_id, f"department:{department_id}", data)


@dataclass
class KnownStaff:
    """Stands for the registers of people and units: who works for which department."""

    of: dict[str, list[Handler]] = field(default_factory=dict)

    async def handlers(self, department_id: str) -> Sequence[Handler]:
        return self.of.get(department_id, [])


@dataclass
class Stage:
    room: CasesRoom
    bus: RememberingBus
    calls: KnownCalls
    storage: Storage
    looked: Looked
    announcer: AnnouncerLog
    audited: AuditedActs
    photos: KeptPhotos
    staff: KnownStaff

    async def emitted(self) -> list[Event]:
        """Every durable event in the outbox, oldest first."""
        async with self.storage.read() as connection:
            rows = await connection.execute(select(outbox.c.envelope).order_by(outbox.c.seq))
        return [parse(row.envelope) for row in rows]

    def a_call(
        self, number: str = "13945671234", *, confidential: bool = False, agent: Actor = AGENT
    ) -> UUID:
        """A call that `agent` took."""
        call_id = uuid7()
        self.calls.agents[call_id] = {agent.id}
        self.calls.facts_of[call_id] = CallFacts(number, confidential)
        return call_id


class Looked:
    """The looks that the audit trail was told of."""

    def __init__(self) -> None:
        self.at: list[tuple[str, str, str]] = []

    async def viewed(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.at.append((actor.id, action, subject))


class AuditedActs:
    """The acts that the audit trail was told of, each with its detail."""

    def __init__(self) -> None:
        self.acts: list[tuple[str, str, str, Mapping[str, Any]]] = []

    async def record_in(
        self, transaction: Transaction, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        assert transaction.connection.in_transaction()
        self.acts.append((actor.id, action, subject, detail))


@cache
def known() -> Knowledge:
    return knowledge(CasesSettings())


class AnnouncerLog:
    """Stands for the telephone: two callers wait, and it knows one prompt. `away`: the switch is."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str]] = []
        self.played: list[str] = []
        self.away = False

    def check(self, prompt: str) -> None:
        if prompt != "wait-long":
            raise NotFound

    async def announce(self, name: str, prompt: str) -> int:
        await self.keep(name, prompt)
        self.played.append(prompt)
        return 2

    async def keep(self, name: str, prompt: str) -> None:
        if self.away:
            raise Unavailable
        self.kept.append((name, prompt))


def stage(
    storage: Storage,
    who: Callable[..., Actor] = lambda: AGENT,
    inspectors: InspectorDirectory | None = None,
    knows: Callable[[], Knowledge] | None = None,
    settings: CasesSettings | None = None,
    **more: Any,
) -> Stage:
    """`more` are further ports. `knows`: what the room knows, instead of reading it by its settings."""
    bus, calls, looked, announcer = RememberingBus(), KnownCalls(), Looked(), AnnouncerLog()
    audited = AuditedActs()
    photos, staff = KeptPhotos(), KnownStaff()
    # Catalogue, words and gazetteer are read once: they are frozen, and each room would read the same.
    with patch("cases.room.knowledge", lambda _settings: (knows or known)()):
        ports = CasesPorts(
            storage, bus, calls, who, looked, announcer=announcer, audit=audited, photos=photos, staff=staff,
            inspectors=inspectors or NoInspectors(), **more,
        )  # fmt: skip
        room = build(settings or CasesSettings(), ports)
    return Stage(room, bus, calls, storage, looked, announcer, audited, photos, staff)
