"""Routes of work orders: another system registers one, and compares its list of a day with ours."""

from datetime import date, datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cases.exchange.forms import ProblemRegistration, Reference
from cases.exchange.order_model import DifferenceKind, OrderState
from cases.exchange.order_store import MOST_OF_DAY
from cases.exchange.orders import Reconciliation, WorkOrders
from cases.ports import CurrentUser
from core.actor import Actor


class WorkOrderView(BaseModel):
    """A work order as it is; `case_number` is empty until it is filed."""

    reference: str
    state: OrderState
    case_number: str
    registered_at: datetime
    due_at: datetime | None


class ListedOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reference: Reference
    state: OrderState


class OrdersOfDay(BaseModel):
    """The other side's orders that were registered on `day` in the city."""

    model_config = ConfigDict(extra="forbid")

    day: date
    orders: Annotated[list[ListedOrder], Field(max_length=MOST_OF_DAY)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({one.reference for one in self.orders}) < len(self.orders):
            raise ValueError("a reference stands twice")
        return self

    def by_reference(self) -> dict[str, OrderState]:
        return {one.reference: one.state for one in self.orders}


class OrderDifferenceView(BaseModel):
    reference: str
    kind: DifferenceKind
    ours: OrderState | None
    theirs: OrderState | None


class ReconciliationView(BaseModel):
    """How many orders each side has, and what differs; nothing where both are the same."""

    day: date
    ours: int
    theirs: int
    differences: list[OrderDifferenceView]


def order_routes(orders: WorkOrders, user: CurrentUser) -> APIRouter:
    routes = APIRouter(tags=["exchange"])
    person = Annotated[Actor, Depends(user)]

    @routes.post("/exchange/orders", status_code=201)
    async def register(body: ProblemRegistration, actor: person) -> WorkOrderView:
        """Register a work order by its form, once by its `reference`; the order as it is."""
        order, number = await orders.register(actor, body)
        return WorkOrderView(
            reference=order.reference, state=order.state, case_number=number,
            registered_at=order.registered_at, due_at=order.due_at,
        )  # fmt: skip

    @routes.post("/exchange/reconciliation")
    async def reconcile(body: OrdersOfDay, actor: person) -> ReconciliationView:
        """Compare the other side's list of a day with ours; nothing is changed."""
        return reconciliation_view(await orders.reconcile(actor, body.day, body.by_reference()))

    return routes


def reconciliation_view(found: Reconciliation) -> ReconciliationView:
    """The answer for a comparison."""
    return ReconciliationView(
        day=found.day,
        ours=found.ours,
        theirs=found.theirs,
        differences=[
            OrderDifferenceView(reference=one.reference, kind=one.kind, ours=one.ours, theirs=one.theirs)
            for one in found.differences
        ],
    )
