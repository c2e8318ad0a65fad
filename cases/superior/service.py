"""Files what a superior orders: it needs no verification, and its deadline bounds the clocks of its case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from uuid import UUID

from cases import rights
from cases.deadlines import outside_store
from cases.drafting.model import Draft, FieldName, FieldValue
from cases.drafting.values import FieldRules
from cases.errors import BadOrderTime, OrdererMissing
from cases.events import CaseSource, CaseView
from cases.life.service import CaseService
from cases.operations import claim
from cases.shown import Shown
from cases.superior.model import OrderedCase, can_be_right
from core.actor import Actor
from core.ids import uuid7
from core.scopes import Scope
from core.storage import Storage


class SuperiorOrders:
    def __init__(self, storage: Storage, cases: CaseService, rules: FieldRules) -> None:
        self._storage = storage
        self._cases = cases
        self._rules = rules

    async def enter(self, ordered: OrderedCase, *, op_id: UUID, actor: Actor) -> CaseView:
        """File it, once for each `op_id`. Raises `Forbidden`, `OutOfScope`, `BadOrderTime`, `OrdererMissing`,
        `Invalid`, `DraftIncomplete`, `NoSuchCondition`.
        """
        rights.FILE_SUPERIOR_ORDER.check(actor)
        values = {name: self._rules.checked(name, value) for name, value in ordered.fields.items()}
        actor.require_within(Scope.DISTRICT, values.get(FieldName.DISTRICT))
        now = self._storage.clock.now()
        order = ordered.order
        if not order.ordered_by.strip():
            raise OrdererMissing(remedy="say who ordered it", field="ordered_by")
        if order.due_at is not None:
            if not can_be_right(order.due_at, now):  # before it is converted: the first year has none in UTC
                raise BadOrderTime(remedy="write the time that stands in the order", field="due_at")
            order = replace(order, due_at=order.due_at.astimezone(UTC))
        order = replace(order, ordered_by=order.ordered_by.strip(), reference=order.reference.strip())
        form = Draft(
            draft_id=uuid7(),
            began_at=now,
            source=CaseSource.SUPERIOR,
            fields={
                name: FieldValue(value=value, confidence=1.0, shown=Shown.SURE, by="agent")
                for name, value in values.items()
                if value is not None
            },
        )
        case_id = uuid7()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            earlier = await claim(transaction, op_id, "superior", case_id, now)
            if earlier is not None:
                return await self._cases.view_in(connection, earlier)
            if order.deadline is not None:
                await outside_store.add(connection, order.deadline, now, case_id=case_id)
            return await self._cases.file_form(
                transaction, form, case_id, actor, confidential=ordered.confidential, order=order,
                condition=ordered.condition,
            )  # fmt: skip
