"""The room on a database, with a channel that remembers what it was handed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.actor import Actor, Role
from core.clock import ManualClock
from core.ids import uuid7
from core.storage import Storage, Transaction
from field.events import TextState
from field.texts import store as texts
from field.texts.store import texts as text_table
from field.units import store as units
from field.units.model import Unit
from field.units.places import store as places
from field.units.places.model import PositionFix, UnitPosition
from gateway.wiring.warnings import UnitsInArea
from tests.cases.parts.trail import RememberedTrail
from tests.warning.caps import NOW
from warning.area import DistrictsOf, WarningArea
from warning.channels import WarningChannel
from warning.ledger.model import RecordedWarning
from warning.ledger.service import WarningLedger
from warning.ports import AudienceChannel, WarningOutcome, WarningText
from warning.sending.service import WarningSending
from warning.settings import WarningSettings


def supervisor(name: str) -> Actor:
    return Actor(name, name, frozenset({Role.SUPERVISOR}))


LI, WANG, MA = supervisor("li"), supervisor("wang"), supervisor("ma")
AGENT = Actor("sun", "孙", frozenset({Role.AGENT}))
PROGRAM = Actor("li", "li", frozenset({Role.SUPERVISOR}), token="t1")
ADMIN = Actor("root", "root", frozenset({Role.ADMIN}))


class KilledHere(Exception):
    """The process died."""


class RememberedChannel:
    """Texts in memory: dies at the `dies_at`-th text."""

    channel = WarningChannel.UNITS
    most = 60
    registered = False

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = list(addresses)
        self.handed: list[WarningText] = []
        self.withdrawn: list[UUID] = []
        self.dies_at: int | None = None

    async def within(
        self, connection: AsyncConnection, area: WarningArea, districts_of: DistrictsOf
    ) -> Sequence[str]:
        return self.addresses

    async def tell(self, transaction: Transaction, text: WarningText) -> str:
        if self.dies_at is not None and len(self.handed) >= self.dies_at:
            raise KilledHere
        self.handed.append(text)
        return "opted out" if text.address == "out" else ""

    async def withdraw(self, transaction: Transaction, delivery_ids: Collection[UUID]) -> None:
        self.withdrawn += delivery_ids

    async def outcomes(
        self, connection: AsyncConnection, delivery_ids: Collection[UUID]
    ) -> Mapping[UUID, WarningOutcome]:
        return dict.fromkeys(delivery_ids, WarningOutcome.REACHED)


class Centre:
    def __init__(
        self,
        storage: Storage,
        settings: WarningSettings | None = None,
        audience: AudienceChannel | None = None,
    ) -> None:
        self.clock = ManualClock(NOW)
        storage.clock = self.clock
        self.storage = storage
        self.trail = RememberedTrail()
        self.sending = WarningSending(
            storage, (audience or UnitsInArea(self.clock),), lambda _point: ("230102",)
        )
        self.ledger = WarningLedger(storage, self.trail, settings or WarningSettings(), self.sending)

    async def unit(self, unit_id: str, lon: float, lat: float) -> None:
        """A unit that is there now."""
        now = self.clock.now()
        async with self.storage.write() as transaction:
            await units.add(transaction, Unit(unit_id, unit_id), at=now, by="root")
            fix = PositionFix(lon, lat, 10, "terminal", now, now)
            await places.put(transaction, [(unit_id, UnitPosition(fix, now))])

    async def texts_of(self, unit_id: str) -> list[str]:
        async with self.storage.read() as connection:
            found = await texts.listed(connection, unit_id=unit_id, limit=100)
        return [one.text for one in found]

    async def shown(self, state: TextState) -> None:
        async with self.storage.write() as transaction:
            await transaction.connection.execute(text_table.update().values(state=state))

    async def released(self, made: RecordedWarning, *people: Actor) -> RecordedWarning:
        for person in people or (WANG, MA):
            made = await self.ledger.release(person, made.warning_id, uuid7())
        return made

    async def send_all(self) -> int:
        sent = 0
        while step := await self.sending.step():
            sent += step
        return sent
