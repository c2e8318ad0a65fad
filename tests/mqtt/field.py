"""The centre and the radio role on one ledger, with a real broker between them and a terminal at the end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

from cases.events import DispatchQueued, DispatchRecalled, DispatchShared
from core.actor import system
from core.events import Event
from core.ids import uuid7
from core.storage import OutboxRelay, Storage, StorageSettings, create_engine, metadata
from core.storage.schema import inbox
from core.tasks import Tasks
from field.events import DeliveryChanged, DispatchOverdue, JobSent, UnitReported, UnitUnreachable
from field.ports import RadioPorts
from field.radio.room import build
from field.settings import FieldSettings
from field.units import store as unit_store
from field.units.model import Unit
from gateway.bus import LocalBus
from gateway.mqtt import EventConsumer, MqttLink, PresenceTopic, RoleRelay
from gateway.mqtt.topics import role_state
from gateway.unit_cli import TerminalStore, UnitTerminal
from radio_bridge.networks.service import NetworkService
from radio_bridge.ports import NetworkPorts
from radio_bridge.settings import RadioSettings
from tests.mqtt.broker import TENANT, RenderedBroker

UNIT = "app:17"


def open_ledger(path: Path, role: str) -> Storage:
    engine = create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{path}"))
    return Storage(engine, origin=role, route=lambda _event: ("mqtt",))


class Role:
    """What every role has: a bus, a link, an outbox relay and an intake."""

    def __init__(self, broker: RenderedBroker, ledger: Path, role: str) -> None:
        self.storage = open_ledger(ledger, role)
        self.bus = LocalBus()
        self.link = MqttLink(
            broker.settings(role), client_id=role, presence=PresenceTopic(role_state(TENANT, role))
        )
        self.consumer = EventConsumer(
            self.link, self.storage, deliver=self.bus.deliver, show=self.bus.publish
        )
        self._relay = OutboxRelay(self.storage, "mqtt", RoleRelay(self.link, role=role).deliver)
        self._tasks = Tasks(role)

    async def start(self) -> None:
        await self.bus.start()
        await self.consumer.start()
        await self.link.start()
        self._tasks.forever("relay", self._relay.run)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.link.stop()
        await self.consumer.stop()
        await self.bus.stop()
        await self.storage.close()


class Centre(Role):
    """Orders, and remembers what came back."""

    def __init__(self, broker: RenderedBroker, ledger: Path) -> None:
        super().__init__(broker, ledger, "centre")
        self.heard: list[Event] = []
        back: list[type[Event]] = [UnitReported, UnitUnreachable, JobSent]
        self.consumer.take("radio", [*back, DeliveryChanged, DispatchOverdue])
        for event_type in back:
            self.bus.subscribe(event_type, self._hear, name=event_type.TYPE)

    async def _hear(self, event: Event) -> None:
        self.heard.append(event)

    def steps(self, dispatch_id: UUID) -> list[str]:
        return [
            event.step
            for event in self.heard
            if isinstance(event, UnitReported) and event.dispatch_id == dispatch_id
        ]

    async def settle(self) -> None:
        """Return when what was heard is noted in the inbox: it is not taken again."""
        async with asyncio.timeout(10):
            while True:
                heard = [str(event.id) for event in self.heard]
                mine = (inbox.c.source == "mqtt:centre", inbox.c.msg_id.in_(heard))
                wanted = select(func.count()).select_from(inbox).where(*mine)
                async with self.storage.read() as connection:
                    if int(await connection.scalar(wanted) or 0) >= len(set(heard)):
                        return
                await asyncio.sleep(0.02)

    async def order(self, unit_id: str = UNIT) -> UUID:
        event = DispatchQueued(
            dispatch_id=uuid7(), case_id=uuid7(), unit_id=unit_id, case_number="230102-20261125-0001",
            category="0201", category_name="暴露垃圾", place="中央大街与西十四道街交口",
        )  # fmt: skip
        async with self.storage.write() as transaction:
            await transaction.emit(event, stream=f"dispatch:{event.dispatch_id}")
        return event.dispatch_id

    async def recall(self, dispatch_id: UUID, unit_id: str = UNIT) -> None:
        event = DispatchRecalled(dispatch_id=dispatch_id, case_id=uuid7(), unit_id=unit_id, reason="撤回")
        async with self.storage.write() as transaction:
            await transaction.emit(event, stream=f"dispatch:{dispatch_id}")


class Radio(Role):
    """The radio role as wiring builds it."""

    def __init__(
        self,
        broker: RenderedBroker,
        ledger: Path,
        settings: FieldSettings | None = None,
        networks: RadioSettings | None = None,
    ) -> None:
        super().__init__(broker, ledger, "radio")
        self.room = build(
            settings or FieldSettings(tenant=TENANT, retry_s=1), RadioPorts(self.storage, self.bus, self.link)
        )
        self.networks = NetworkService(
            networks or RadioSettings(),
            NetworkPorts(
                self.bus, self.storage.clock, self.room.roll_call, self.room.terminals, lambda: self.link
            ),
        )
        self.room.attach(self.networks.floors, self.networks.data, self.networks.listened)
        self.consumer.take("centre", [DispatchQueued, DispatchRecalled, DispatchShared])

    async def start(self) -> None:
        await super().start()
        await self.room.start()

    async def stop(self) -> None:
        await self.room.stop()
        await super().stop()


class Field:
    """A broker, a ledger and both roles; parts may be stopped and started by a test."""

    def __init__(
        self,
        folder: Path,
        units: dict[str, str],
        settings: FieldSettings | None = None,
        networks: RadioSettings | None = None,
    ) -> None:
        self.folder = folder
        self.ledger = folder / "ledger.db"
        self.broker = RenderedBroker(folder / "broker", units=units)
        self.units = units
        self.centre = Centre(self.broker, self.ledger)
        self.radio = Radio(self.broker, self.ledger, settings, networks)
        self._terminals: list[tuple[UnitTerminal, TerminalStore]] = []

    async def start(self) -> None:
        self.broker.start()
        async with self.centre.storage.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        async with self.centre.storage.write() as transaction:
            for uid in self.units:
                await unit_store.add(
                    transaction, Unit(uid, f"组 {uid}"), at=datetime.now(UTC), by=system("test").id
                )
        await self.centre.start()
        await self.radio.start()
        await self.centre.link.wait_connected(5)
        await self.radio.link.wait_connected(5)

    async def stop(self) -> None:
        for terminal, store in self._terminals:
            await terminal.stop()
            store.close()
        await self.radio.stop()
        await self.centre.stop()
        self.broker.close()

    async def radio_again(self) -> None:
        """A new process of the radio role, as far as one process can play two."""
        self.radio = Radio(self.broker, self.ledger)
        await self.radio.start()
        await self.radio.link.wait_connected(5)

    async def terminal(self, uid: str = UNIT) -> UnitTerminal:
        store = TerminalStore(self.folder / f"{uid.replace(':', '-')}.db")
        terminal = UnitTerminal(self.broker.settings(uid), uid=uid, store=store)
        self._terminals.append((terminal, store))
        await terminal.start()
        return terminal


async def until(true: Callable[[], bool], timeout_s: float = 10.0, what: str = "it") -> None:
    try:
        async with asyncio.timeout(timeout_s):
            while not true():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{what} did not happen within {timeout_s} s") from None


@contextlib.asynccontextmanager
async def no_leaks() -> AsyncIterator[None]:
    """Tasks and descriptors are the same before and after."""
    before = _open()
    yield
    for _ in range(20):
        # A database connection whose task was cancelled is closed when it is collected.
        gc.collect()
        if _open() <= before:
            return
        await asyncio.sleep(0.1)
    left = [_name(found) for found in Path("/proc/self/fd").iterdir()]
    raise AssertionError(f"left over: {_open()} where there were {before}: {asyncio.all_tasks()}, {left}")


def _open() -> tuple[int, int]:
    return len(asyncio.all_tasks()), len(list(Path("/proc/self/fd").iterdir()))


def _name(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except OSError:
        return "closed meanwhile"
