"""Crews on the telephone: which calls are to be made, what was answered by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid5

from cases.events import DispatchStep
from core.actor import Actor
from core.audit import Audit
from core.bus import Bus
from core.storage import Storage, Transaction
from field import operations, rights
from field.delivery import store
from field.delivery.model import DeliveryAttempt, Purpose
from field.delivery.reduce import Carried, Signal, UnitReached
from field.delivery.service import DeliveryService
from field.delivery.talk import PHONE, ask_talk, may_talk
from field.dispatches import store as job_store
from field.dispatches.model import UnitJob, UnitReportEntry
from field.dispatches.reports import take_report
from field.units import notifier
from field.units import store as unit_store


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """A crew's telephone that is to ring or may be ringing. `number` is the job's, as people say it."""

    delivery_id: UUID
    dispatch_id: UUID
    purpose: Purpose
    unit_id: str
    phone: str
    number: str


class CrewPhone:
    """Each method may raise `StorageAway`, and may be called again with the same."""

    def __init__(self, storage: Storage, bus: Bus, delivery_service: DeliveryService, audit: Audit) -> None:
        self._storage = storage
        self._bus = bus
        self._delivery_service = delivery_service
        self._audit = audit

    async def wanted(self) -> Sequence[PhoneCall]:
        """What is to be called, the oldest first. A call that comes too late is given up here."""
        async with self._storage.read() as connection:
            found = [
                (one, await job_store.find(connection, one.dispatch_id))
                for one in await store.live_calls(connection)
            ]
        calls: list[PhoneCall] = []
        for one, job in found:
            why = self._unwanted(one, job)
            if why:
                await self._take(one, Carried(one.delivery_id, "stopped", why))
                continue
            number = "" if job is None or job.content is None else job.content.number
            phone = one.address.partition(":")[2]
            calls.append(PhoneCall(one.delivery_id, one.dispatch_id, one.purpose, one.unit_id, phone, number))
        return calls

    async def came(self, delivery_id: UUID, stage: Literal["ringing", "listening"]) -> None:
        """It rings; the crew has picked up."""
        async with self._storage.read() as connection:
            one = await store.delivery(connection, delivery_id)
        if one is not None:
            await self._take(one, Carried(delivery_id, "sent"))
            await self._take(
                one, UnitReached(delivery_id, "delivered" if stage == "ringing" else "displayed")
            )

    async def ended(self, delivery_id: UUID, outcome: str, *, well: bool) -> None:
        """It is over. A job's call that was answered has its end already."""
        async with self._storage.read() as connection:
            one = await store.delivery(connection, delivery_id)
        if one is not None:
            await self._take(one, Carried(delivery_id, "done" if well else "failed", "" if well else outcome))

    async def dispatch_of(self, delivery_id: UUID) -> UUID | None:
        """The dispatch that this call is about; None when there is no such call. Raises `StorageAway`."""
        async with self._storage.read() as connection:
            one = await store.delivery(connection, delivery_id)
        return None if one is None else one.dispatch_id

    async def press(self, delivery_id: UUID, key: str) -> bool:
        """1 accepts, 2 declines; 1 in a talk asks for the citizen. Committed, or False: it does not count any
        more.
        """
        async with self._storage.write() as transaction:
            one = await store.delivery(transaction.connection, delivery_id)
            if one is None:
                return False
            if one.purpose == "talk":
                return may_talk(await job_store.find(transaction.connection, one.dispatch_id))
            if one.purpose != "job":
                return False
            await unit_store.lock(transaction, one.unit_id)
            if not await self._answers(transaction, one, key):
                return False
            await unit_store.hear(transaction, one.unit_id, at=transaction.clock.now(), bearer=PHONE)
            changed = await notifier.changed(transaction.connection, one.unit_id)
        if changed is not None:
            self._bus.publish(changed)
        return True

    async def talk(self, actor: Actor, dispatch_id: UUID, op_id: UUID) -> DeliveryAttempt:
        """A dispatcher has the crew of this dispatch connected with the citizen; the same `op_id`, or one
        while a talk is being made, gets that one.

        Raises `Forbidden`, `UnknownChain`, `NotTheirs`, `NoPhone`, `Conflict`.
        """
        rights.PRESS_ON.check(actor)
        async with self._storage.write() as transaction:
            new = await operations.first(transaction, op_id, f"talk {dispatch_id}", transaction.clock.now())
            asked = await ask_talk(transaction, self._delivery_service, dispatch_id, new=new)
        await self._audit.record(actor, "crew-talk", f"dispatch:{dispatch_id}")
        return asked

    def _unwanted(self, one: DeliveryAttempt, job: UnitJob | None) -> str:
        """Why it is not to ring, or to end if it does; empty when it is wanted."""
        if one.purpose == "talk" and not may_talk(job):
            return "not_accepted"
        age = (self._storage.clock.now() - one.queued_at).total_seconds()
        late = one.sent_at is None and age > self._delivery_service.rules.call_s
        return "too_late" if late and one.purpose != "recall" else ""

    async def _answers(self, transaction: Transaction, one: DeliveryAttempt, key: str) -> bool:
        if key not in {"1", "2"}:
            return False
        # As everybody: unit, job, chain.
        await job_store.find(transaction.connection, one.dispatch_id, change=True)
        delivery = await store.find(transaction.connection, one.dispatch_id, change=True)
        if delivery is None:
            return False
        report = UnitReportEntry(
            one.unit_id,
            one.dispatch_id,
            DispatchStep.ACCEPTED if key == "1" else DispatchStep.DECLINED,
            "",
            "",
            uuid5(one.delivery_id, key),
            0,
            transaction.clock.now(),
            bearer="call",
        )
        mine = one.answered_at is not None
        if not mine and (
            delivery.state not in {"open", "answered"} or (key == "2" and delivery.state != "open")
        ):
            return False
        return await take_report(transaction, self._delivery_service, report) in {"applied", "again"}

    async def _take(self, one: DeliveryAttempt, signal: Signal) -> None:
        async with self._storage.write() as transaction:
            await self._delivery_service.apply(transaction, one.dispatch_id, signal)
