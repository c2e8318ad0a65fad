"""A city whose units have a terminal, a radio and a telephone; the radio network is simulated."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from core.clock import ManualClock
from core.events import Event
from core.ids import uuid7
from core.storage import Storage
from field.delivery import store
from field.delivery.model import DeliveryLimits, DispatchDelivery, EscalationRules
from field.delivery.radio.watch import Bearers, DeliveryWatch
from field.delivery.service import DeliveryService
from field.dispatches.model import JobContent
from field.dispatches.radio.service import Dispatches
from field.events import DeliveryChanged, DispatchOverdue
from field.units.model import Unit
from tests.field.conftest import ADMIN, UNIT, City
from tests.field.delivery.radios import SimulatedTextRadio

RADIO, PHONE = "tetra:2621017", "phone:13904510009"
RULES = EscalationRules(
    normal=DeliveryLimits(60, 120, 300, 90), urgent=DeliveryLimits(10, 20, 40, 15), call_s=100
)


class Field(City):
    """The city with bearers; its clock is moved by hand."""

    def __init__(self, storage: Storage) -> None:
        self.clock = ManualClock()
        storage.clock = self.clock
        super().__init__(storage)
        self.radio = SimulatedTextRadio()
        self.bearers = Bearers("app")
        self.bearers.attach(self.radio)
        self.delivery_service = DeliveryService(RULES, {"E05": ("sewage",)})
        self.dispatches = Dispatches(
            storage,
            self.bus,
            self.driver,
            retry_s=30,
            delivery_service=self.delivery_service,
            ways=self.bearers.ways,
        )
        self.watch = DeliveryWatch(storage, self.delivery_service, self.bearers, kept_days=1)

    async def job(self, unit_id: str = UNIT, *, case_id: UUID | None = None, urgent: bool = False) -> UUID:
        dispatch_id = uuid7()
        content = JobContent(
            "230102202611250042",
            "路面塌陷",
            "民益街与果戈里大街交口",
            urgent=urgent,
            lon=126.64,
            lat=45.75,
            accuracy_m=20.0,
            category_code="gbt30428.2@2013/E0505",
        )
        await self.dispatches.queue(Event(), dispatch_id, unit_id, content, case_id=case_id)
        return dispatch_id

    async def passes(self, seconds: float) -> None:
        """Time, and what the role `radio` does then."""
        self.clock.advance(seconds)
        await self.watch.look()
        await self.watch.send_texts()

    async def delivery(self, dispatch_id: UUID) -> DispatchDelivery:
        async with self.storage.read() as connection:
            found = await store.find(connection, dispatch_id)
        assert found is not None
        return found

    async def shown(self, dispatch_id: UUID) -> list[tuple[str, str, str]]:
        return [
            (one.purpose, one.bearer, one.stage.value)
            for one in (await self.delivery(dispatch_id)).deliveries
        ]

    async def overdue(self) -> list[DispatchOverdue]:
        return [one for one in await self.all_emitted() if isinstance(one, DispatchOverdue)]

    async def steps(self) -> list[tuple[str, str]]:
        told = [one for one in await self.all_emitted() if isinstance(one, DeliveryChanged)]
        return [(one.delivery.bearer, one.delivery.stage) for one in told]


@pytest.fixture
async def field(any_storage: Storage) -> Field:
    made = Field(any_storage)
    await made.register.create(Unit(UNIT, "道里一组", addresses=(RADIO, PHONE)), ADMIN)
    made.clock.advance(timedelta(seconds=1).total_seconds())
    return made
