"""Routes of work orders: another system registers one, and compares its list of a day with ours."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cases.exchange.forms import ListedOrder, ProblemRegistration, each_once
from cases.exchange.order_model import DifferenceKind, OrderDifference, OrderState
from cases.exchange.order_store import MOST_OF_DAY
from cases.exchange.orders import WorkOrders
from cases.exchange.reconciliation import Reconciliations
from cases.exchange.reconciliation_model import KeptReconciliation, Reconciliation, ReconciliationState
from cases.ports import CurrentUser
from core.actor import Actor
from core.routes import RoomRouter


class WorkOrderView(BaseModel):
    """A work order as it is; `case_number` is empty until it is filed."""

    reference: str
    state: OrderState
    case_number: str
    registered_at: datetime
    due_at: datetime | None


class OrdersOfDay(BaseModel):
    """The other side's orders that were registered on `day` in the city."""

    model_config = ConfigDict(extra="forbid")

    day: date
    orders: Annotated[list[ListedOrder], Field(max_length=MOST_OF_DAY)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        each_once(self.orders)
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


class KeptReconciliationView(BaseModel):
    """What became of a day's comparison. `theirs` is None until their list came; `differing`: how many orders
    differ, of which the first 100 are in `differences`; `next_at`: our list is sent again then; `ended_at`:
    since when it is as it is.
    """

    day: date
    state: ReconciliationState
    ours: int
    theirs: int | None
    differing: int
    differences: list[OrderDifferenceView]
    attempts: int
    error: str
    began_at: datetime
    next_at: datetime | None
    ended_at: datetime | None


class KeptReconciliations(BaseModel):
    """The last days, the newest first."""

    days: list[KeptReconciliationView]


def order_routes(orders: WorkOrders, reconciliations: Reconciliations, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["exchange"])
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
        """Compare the other side's list of a day with ours, and keep what was found."""
        return reconciliation_view(await reconciliations.take(actor, body.day, body.by_reference()))

    @routes.get("/exchange/reconciliations")
    async def kept(actor: person) -> KeptReconciliations:
        """What the comparisons of the last days found."""
        found = await reconciliations.listed(actor)
        return KeptReconciliations(days=[kept_view(one) for one in found])

    return routes


def kept_view(one: KeptReconciliation) -> KeptReconciliationView:
    """The answer for a day."""
    return KeptReconciliationView(
        day=one.day, state=one.state, ours=one.ours, theirs=one.theirs, differing=one.differing,
        differences=difference_views(one.differences), attempts=one.attempts, error=one.error,
        began_at=one.began_at, next_at=one.next_at, ended_at=one.ended_at,
    )  # fmt: skip


def difference_views(found: Sequence[OrderDifference]) -> list[OrderDifferenceView]:
    return [
        OrderDifferenceView(reference=one.reference, kind=one.kind, ours=one.ours, theirs=one.theirs)
        for one in found
    ]


def reconciliation_view(found: Reconciliation) -> ReconciliationView:
    """The answer for a comparison."""
    return ReconciliationView(
        day=found.day,
        ours=found.ours,
        theirs=found.theirs,
        differences=difference_views(found.differences),
    )
