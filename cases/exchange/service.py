"""Queues a form for each act that a department is to learn of, and shows administrators what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from cases import rights
from cases.errors import NoSuchCase
from cases.events import AssignmentChanged, ExchangeFormQueued, VerificationChanged
from cases.exchange import store
from cases.exchange.errors import DeliveryUnderWay, ReceivesNoForms
from cases.exchange.model import DeliveryState, FormDelivery, FormName, FormReceivers, form_of
from cases.exchange.receivers import ActiveReceivers
from cases.exchange.sender import EXCHANGE, life
from cases.exchange.settings import ExchangeSettings
from cases.exchange.store import DeliveryFilter
from cases.life import store as case_store
from cases.operations import claim
from cases.privacy import require_case
from cases.verification.model import VerificationAction, department_of
from core.actor import Actor
from core.audit import TransactionAudit
from core.ids import uuid7
from core.storage import Storage, Transaction
from core.storage.outbox import make_due

MOST_FORGOTTEN: Final = 500
VERIFICATION_ACTS: Final = frozenset(
    {VerificationAction.ASK.value, VerificationAction.RECALL.value, VerificationAction.EXPIRE.value}
)
"""Acts on a verification task that its department is told of; the others are its own."""


class Exchange:
    def __init__(
        self,
        storage: Storage,
        receivers: ActiveReceivers,
        audit: TransactionAudit,
        settings: ExchangeSettings,
    ) -> None:
        self._storage = storage
        self.receivers = receivers
        self._audit = audit
        self._settings = settings

    async def use(self, receivers: FormReceivers) -> None:
        """These instead, from now on. What waits for one that changed is tried at once."""
        first = not self.receivers.known
        changed = self.receivers.use(receivers)
        if first or not changed:
            return
        async with self._storage.write() as transaction:
            waits = await store.waiting(transaction.connection, changed)
            for one in waits:
                await store.change(transaction.connection, one.delivery_id, attempts=0, next_at=None)
            await self._make_due(transaction, waits)

    async def forget_old(self) -> int:
        """Forget that forms were sent, `MOST_FORGOTTEN` at most that ended longer ago than the settings keep
        them; how many. Raises `StorageAway`.
        """
        async with self._storage.write() as transaction:
            before = transaction.clock.now() - timedelta(days=self._settings.kept_days)
            return await store.forget(transaction.connection, before, MOST_FORGOTTEN)

    async def hear(self, event: AssignmentChanged) -> None:
        """Queue the form of this act, once. Raises `StorageAway`: the event comes again."""
        one = event.assignment
        form = form_of(event.act, by_department=event.by_department)
        receiver = self.receivers.of(one.department.id)
        if form is None or receiver is None:
            return
        async with self._storage.write() as transaction:
            now = transaction.clock.now()
            delivery = FormDelivery(
                delivery_id=event.id, department_id=one.department.id, case_id=one.case_id,
                assignment_id=one.assignment_id, form=form, act=event.act[:24], act_at=one.updated_at,
                state=DeliveryState.WAITING, way=receiver.way, created_at=now,
                expires_at=now + life(self._settings),
            )  # fmt: skip
            try:
                await case_store.get(transaction.connection, one.case_id)
            except NoSuchCase:
                return
            if await store.add(transaction.connection, delivery):
                await queue(transaction, delivery)

    async def hear_verification(self, event: VerificationChanged) -> None:
        """Queue the form of this act on a task of another system's inspectors, once. Raises `StorageAway`:
        the event comes again.
        """
        department_id = department_of(event.unit_id)
        receiver = self.receivers.of(department_id) if department_id else None
        if receiver is None or event.act not in VERIFICATION_ACTS:
            return
        async with self._storage.write() as transaction:
            now = transaction.clock.now()
            delivery = FormDelivery(
                delivery_id=event.id, department_id=department_id, case_id=event.case_id, assignment_id=None,
                form=FormName.VERIFICATION_REQUEST, act=event.act, act_at=event.at,
                state=DeliveryState.WAITING, way=receiver.way, created_at=now,
                expires_at=now + life(self._settings), reference=str(event.task_id),
            )  # fmt: skip
            if await store.add(transaction.connection, delivery):
                await queue(transaction, delivery)

    async def listed(
        self, actor: Actor, wanted: DeliveryFilter, limit: int
    ) -> tuple[Sequence[FormDelivery], Mapping[UUID, str], Mapping[DeliveryState, int]]:
        """The newest first, with the numbers of their cases, and how many wait or are dead in all."""
        rights.SEE_DELIVERIES.check(actor)
        async with self._storage.read() as connection:
            found = await store.page(connection, wanted, limit)
            wanted_cases = {one.case_id for one in found if one.case_id is not None}
            cases = await case_store.of_ids(connection, wanted_cases)
            counts = await store.counts(connection)
        return found, {case_id: case.number for case_id, case in cases.items()}, counts

    async def of_case(self, actor: Actor, case_id: UUID) -> Sequence[FormDelivery]:
        """Of a case, the newest first. Raises `NoSuchCase`, `NotYourCase`, `OutOfScope`."""
        rights.SEE_FORMS_OF_CASE.check(actor)
        async with self._storage.read() as connection:
            require_case(actor, await case_store.get(connection, case_id))
            return await store.of_case(connection, case_id)

    async def send_again(self, actor: Actor, delivery_id: UUID, op_id: UUID) -> FormDelivery:
        """Send a form once more, under the same id: a dead one, or one that the receiver lost. One that waits
        for its time is tried at once. Audited.

        Raises `NoSuchDelivery`, `DeliveryUnderWay`, `ReceivesNoForms`, `OperationReused`.
        """
        rights.SEND_FORM_AGAIN.check(actor)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            now = transaction.clock.now()
            earlier = await claim(transaction, op_id, "exchange-again", delivery_id, now)
            delivery = await store.get(connection, delivery_id, lock=True)
            if earlier is not None:
                return delivery
            waits = delivery.state is DeliveryState.WAITING
            if waits and delivery.next_at is None:
                raise DeliveryUnderWay(remedy="wait, or look why it was not taken")
            receiver = self.receivers.of(delivery.department_id)
            if receiver is None:
                raise ReceivesNoForms(remedy="see Settings, Exchange", department=delivery.department_id)
            await store.change(
                connection, delivery_id, state=DeliveryState.WAITING.value, way=receiver.way.value,
                attempts=0, error="", next_at=None, ended_at=None, expires_at=now + life(self._settings),
            )  # fmt: skip
            self.receivers.free(receiver)
            if waits:
                await self._make_due(transaction, [delivery])
            else:
                await queue(transaction, delivery)
            await self._audit.record_in(
                transaction, actor, "exchange-again", f"delivery:{delivery_id}",
                {"department": delivery.department_id, "form": delivery.form.value},
            )  # fmt: skip
            return await store.get(connection, delivery_id)

    async def _make_due(self, transaction: Transaction, deliveries: Sequence[FormDelivery]) -> None:
        streams = {stream_of(one) for one in deliveries}
        await make_due(transaction, self._storage.origin_for(EXCHANGE), EXCHANGE, streams)


def stream_of(delivery: FormDelivery) -> str:
    """Forms of one task or work order keep their order; those of others do not wait for them."""
    return f"exchange:{delivery.assignment_id or delivery.reference}"


async def queue(transaction: Transaction, delivery: FormDelivery) -> None:
    """It leaves after those of its stream that wait."""
    event = ExchangeFormQueued(id=uuid7(), delivery_id=delivery.delivery_id)
    await transaction.emit(event, stream=stream_of(delivery))
