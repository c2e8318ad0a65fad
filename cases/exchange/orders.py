"""Work orders of another system (12345): they enter the queue of drafts once by their number, and what
becomes of each goes back by a form with that number. Their deadline is their case's too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.deadlines import outside_store
from cases.deadlines.model import DeadlineSetter, OutsideDeadline
from cases.deadlines.outside import OutsideDeadlines
from cases.drafting import store as draft_store
from cases.events import CaseChanged, CaseFiled, ReportDeclined
from cases.exchange import order_store, store
from cases.exchange.errors import OrderDatesWrong
from cases.exchange.forms import ProblemRegistration
from cases.exchange.model import ORDERS, DeliveryState, FormDelivery
from cases.exchange.order_model import (
    DECLINE,
    FOR_OTHERS,
    OrderState,
    WorkOrder,
    delivery_id_of,
    form_of_order,
    words_of,
)
from cases.exchange.ports import OrderReports, ReportedOrder
from cases.exchange.receivers import ActiveReceivers
from cases.exchange.sender import life
from cases.exchange.service import queue
from cases.exchange.settings import ExchangeSettings
from cases.life import store as case_store
from core.actor import Actor
from core.events import Event
from core.place import Position
from core.storage import Storage, Transaction

UNSAID_M: Final = 100.0
"""The accuracy of a position that says none."""
MOST_PAST: Final = timedelta(days=2 * 366)
"""How old an order may be when it comes, or comes again."""
MOST_AHEAD: Final = timedelta(days=1)
MOST_TO_GO: Final = timedelta(days=10 * 366)


class WorkOrders:
    def __init__(
        self,
        storage: Storage,
        reports: OrderReports,
        receivers: ActiveReceivers,
        settings: ExchangeSettings,
        outside: OutsideDeadlines,
        *,
        timezone_h: float,
    ) -> None:
        self._storage = storage
        self._reports = reports
        self._receivers = receivers
        self._settings = settings
        self._outside = outside
        self._zone = timezone(timedelta(hours=timezone_h))

    async def register(self, actor: Actor, form: ProblemRegistration) -> tuple[WorkOrder, str]:
        """Put it into the queue of drafts, once by its number; the order as it is, and its case's number.

        Raises `OrderDatesWrong`, `OperationReused` and the like where the number came with other words,
        `StorageAway`.
        """
        rights.REGISTER_ORDER.check(actor)
        now = self._storage.clock.now()
        _require_dates(form, now)
        due = "" if form.due_at is None else f"{form.due_at.astimezone(self._zone):%Y-%m-%d %H:%M}"
        position = None
        if form.position is not None:
            position = Position(
                lon=form.position.lon, lat=form.position.lat, accuracy_m=form.position.accuracy_m or UNSAID_M
            )
        draft_id = await self._reports.receive(
            ReportedOrder(
                form.reference, words_of(form.reference, form.text, due), now,
                form.place, form.phone, position, form.category,
            )
        )  # fmt: skip
        async with self._storage.write() as transaction:
            connection = transaction.connection
            fresh = WorkOrder(
                form.reference, draft_id, None, OrderState.RECEIVED, form.registered_at.astimezone(UTC),
                transaction.clock.now(), None if form.due_at is None else form.due_at.astimezone(UTC),
            )  # fmt: skip
            if await order_store.add(connection, fresh):
                await self._catch_up(transaction, fresh)
            order = await order_store.by_reference(connection, form.reference)
            assert order is not None
            return order, await _number(connection, order)

    async def hear_filed(self, event: CaseFiled) -> None:
        """A report became a case. Raises `StorageAway`: the event comes again."""
        found = [] if event.draft_id is None else await self._of_draft(event.draft_id)
        await self._tell(found, event, "filed", OrderState(event.case.state.value), event.case.case_id)

    async def hear_changed(self, event: CaseChanged) -> None:
        """A case took a step, for those that were merged into it too. Raises `StorageAway`: the event comes
        again.
        """
        case = event.case
        followers = case.merged if event.act in FOR_OTHERS else []
        async with self._storage.read() as connection:
            found = list(await order_store.of_case(connection, case.case_id))
            for one in followers:
                found += await order_store.of_case(connection, one.case_id)
        await self._tell(found, event, event.act, OrderState(case.state.value), case.case_id)

    async def hear_declined(self, event: ReportDeclined) -> None:
        """No case was made of it. Raises `StorageAway`: the event comes again."""
        found = await self._of_draft(event.draft_id)
        await self._tell(found, event, DECLINE + event.reason.value, OrderState.DECLINED, None)

    async def _of_draft(self, draft_id: UUID) -> Sequence[WorkOrder]:
        async with self._storage.read() as connection:
            order = await order_store.of_draft(connection, draft_id)
        return [] if order is None else [order]

    async def _tell(
        self, found: Sequence[WorkOrder], event: Event, act: str, state: OrderState, case_id: UUID | None
    ) -> None:
        """Note how far these have come, and queue the form of it, once. Nearly every case is of no order, and
        takes no write. An order keeps the case that was made of it: it may be parted from the one that acts.
        """
        if not found:
            return
        form, receiver = form_of_order(act), self._receivers.of(ORDERS)
        async with self._storage.write() as transaction:
            now = transaction.clock.now()
            for order in found:
                await order_store.change(
                    transaction.connection, order.reference, state=state.value,
                    case_id=order.case_id or case_id,
                )  # fmt: skip
                if form is None or receiver is None:
                    continue
                delivery = FormDelivery(
                    delivery_id=delivery_id_of(event.id, order.reference), department_id=ORDERS,
                    case_id=case_id, assignment_id=None, form=form, act=act, act_at=event.at,
                    state=DeliveryState.WAITING, way=receiver.way, created_at=now,
                    expires_at=now + life(self._settings), reference=order.reference,
                )  # fmt: skip
                if await store.add(transaction.connection, delivery):
                    await queue(transaction, delivery)

    async def _catch_up(self, transaction: Transaction, order: WorkOrder) -> None:
        """Its draft may have been decided before the order was kept: then its state is as of now, and its
        deadline the case's. Else the deadline waits for the case.
        """
        connection, now = transaction.connection, transaction.clock.now()
        case_id: UUID | None = None
        if await draft_store.is_there(connection, order.draft_id):
            draft = await draft_store.get(connection, order.draft_id, lock=True)
            case_id = draft.case_id
            if case_id is None and draft.state == "discarded":
                await order_store.change(connection, order.reference, state=OrderState.DECLINED.value)
        outside = None if order.due_at is None else deadline_of(order.reference, order.due_at)
        if case_id is None:
            if outside is not None:
                await outside_store.add(connection, outside, now, draft_id=order.draft_id)
            return
        case = await case_store.get(connection, case_id, lock=True)
        await order_store.change(connection, order.reference, state=case.state.value, case_id=case.case_id)
        if outside is not None:
            await self._outside.set(transaction, case, outside, now)


def deadline_of(reference: str, due_at: datetime) -> OutsideDeadline:
    """The deadline that an order sets for its case."""
    return OutsideDeadline(due_at, DeadlineSetter.ORDER, reference)


def _require_dates(form: ProblemRegistration, now: datetime) -> None:
    """Raises `OrderDatesWrong`."""
    if not now - MOST_PAST <= form.registered_at <= now + MOST_AHEAD:
        raise OrderDatesWrong(remedy="look at registered_at and the clocks", field="registered_at")
    if form.due_at is not None and not now - MOST_PAST <= form.due_at <= now + MOST_TO_GO:
        raise OrderDatesWrong(remedy="look at due_at", field="due_at")


async def _number(connection: AsyncConnection, order: WorkOrder) -> str:
    return "" if order.case_id is None else (await case_store.get(connection, order.case_id)).number
