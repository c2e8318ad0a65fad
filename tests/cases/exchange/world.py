"""A department that receives its work by forms: its system, the cases that are given to it, and what brings
the forms there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from cases.events import ExchangeFormQueued
from cases.exchange.model import DeliveryState, FormDelivery, FormReceiver, FormReceivers, ReceiptWay
from cases.exchange.ports import FormMailer, NoFormMailer
from cases.exchange.store import DeliveryFilter
from core.clock import ManualClock, SystemClock
from core.events import Event
from core.storage import OutboxRelay, Storage
from gateway.webhooks.settings import WebhookSettings
from gateway.webhooks.transport import SignedWebhooks
from tests.cases.assignments.people import ADMIN, HOST, NINE, Office
from tests.cases.rooms import stage
from tests.peers.department_system import DepartmentSystem, department_system

KEY = "0123456789abcdef0123456789abcdef"


def webhooks(**more: Any) -> SignedWebhooks:
    """That may go to this machine."""
    told = {"signing_key": KEY, "private_networks": ["127.0.0.0/8"], "timeout_s": 5.0}
    return SignedWebhooks(WebhookSettings.model_validate(told | more), SystemClock())


def route(event: Event) -> Sequence[str]:
    """As `gateway.wiring.storage`."""
    return ("exchange",) if isinstance(event, ExchangeFormQueued) else ("bus",)


class ExchangeWorld:
    def __init__(
        self, storage: Storage, system: DepartmentSystem, posts: SignedWebhooks, mailer: FormMailer
    ) -> None:
        storage.clock = self.clock = ManualClock(NINE)
        storage.route = route
        self.storage = storage
        self.system = system
        self.posts = posts
        self.mailer = mailer
        self.begin()
        self.receives(FormReceiver(department_id=HOST, way=ReceiptWay.WEBHOOK, url=system.url))

    def begin(self) -> None:
        """The service starts, as after a kill: nothing is known but what the database has."""
        self.on = stage(self.storage, webhook=self.posts, form_mailer=self.mailer)
        self.office = Office(self.on, self.clock)
        self._bus = OutboxRelay(self.storage, "bus", self.on.bus.deliver)

    def receives(self, *receivers: FormReceiver) -> None:
        self.on.room.exchange.receivers.use(FormReceivers(receivers=receivers))
        if receivers and receivers[0].way is ReceiptWay.WEBHOOK:
            self.system.secret = self.posts.secret(receivers[0])

    async def hear(self) -> None:
        """What happened to assignments is handed to the exchange."""
        while await self._bus.relay_once():
            pass

    async def send(self, later_s: float = 0.0) -> None:
        """One pass of what brings forms, so many seconds later."""
        self.clock.advance(later_s)
        while await self.on.room.form_sender.relay.relay_once():
            pass

    async def deliver(self) -> None:
        await self.hear()
        await self.send()

    async def deliveries(self, state: DeliveryState | None = None) -> Sequence[FormDelivery]:
        """The newest first."""
        return (await self.on.room.exchange.listed(ADMIN, DeliveryFilter(state), 100))[0]

    @property
    def acts(self) -> list[str]:
        """Of the forms that the department has, in the order of their arrival."""
        return [one["act"] for one in self.system.kept.values()]


@asynccontextmanager
async def exchange_world(
    storage: Storage, mailer: FormMailer | None = None, **more: Any
) -> AsyncIterator[ExchangeWorld]:
    async with department_system() as system:
        yield ExchangeWorld(storage, system, webhooks(**more), mailer or NoFormMailer())
