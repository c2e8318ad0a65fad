"""Routes of the exchange: tasks and feedback for a department's system, deliveries for the desk."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from cases.assignments.http import cursor_of, place_of_cursor
from cases.exchange.forms import TaskAssignment, TaskFeedback
from cases.exchange.model import DeliveryState, FormDelivery, FormName, ReceiptWay
from cases.exchange.service import Exchange
from cases.exchange.store import DeliveryFilter
from cases.exchange.tasks import ExchangeTasks
from cases.ports import CurrentUser
from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter

MOST_LISTED = 100


class ExchangeTaskPage(BaseModel):
    """`next` is the cursor of the following page; None at the end."""

    tasks: list[TaskAssignment]
    next: str | None


class FormDeliveryView(BaseModel):
    """A form to a department, or to who registered a work order (`reference`). `act` is what it tells of;
    `error` is of the last attempt, `next_at` the time of the next one; `ended_at` says since when it is
    delivered or dead.
    """

    delivery_id: UUID
    department_id: str
    case_id: UUID | None
    assignment_id: UUID | None
    reference: str
    form: FormName
    act: str
    state: DeliveryState
    way: ReceiptWay
    attempts: int
    error: str
    created_at: datetime
    expires_at: datetime
    next_at: datetime | None
    ended_at: datetime | None


class ListedFormDelivery(FormDeliveryView):
    case_number: str


class FormDeliveryPage(BaseModel):
    """The newest first; `next` is where the following page begins (`before`). `waiting` and `dead` count all
    that there are.
    """

    deliveries: list[ListedFormDelivery]
    next: UUID | None
    waiting: int
    dead: int


class FormDeliveryList(BaseModel):
    """The newest first."""

    deliveries: list[FormDeliveryView]


def exchange_routes(tasks: ExchangeTasks, exchange: Exchange, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["exchange"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/exchange/tasks")
    async def open_tasks(
        actor: person,
        cursor: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
    ) -> ExchangeTaskPage:
        """The open tasks of one's own departments as forms, those due first."""
        found, following = await tasks.page(actor, place_of_cursor(cursor) if cursor else None, limit)
        return ExchangeTaskPage(tasks=list(found), next=None if following is None else cursor_of(following))

    @routes.get("/exchange/tasks/{assignment_id}")
    async def task(assignment_id: UUID, actor: person) -> TaskAssignment:
        """A task as it is now, as a form."""
        return await tasks.one(actor, assignment_id)

    @routes.post("/exchange/tasks/{assignment_id}/feedback")
    async def feed_back(assignment_id: UUID, body: TaskFeedback, actor: person) -> TaskAssignment:
        """Act on a task by a feedback form. 409 `assignment-moved-on`: somebody acted since `rev`."""
        return await tasks.feed_back(actor, assignment_id, body)

    @routes.get("/exchange/deliveries")
    async def listed(
        actor: person,
        state: Annotated[DeliveryState | None, Query()] = None,
        department: Annotated[str, Query(max_length=64)] = "",
        before: Annotated[UUID | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
    ) -> FormDeliveryPage:
        """Forms to departments and what became of them."""
        wanted = DeliveryFilter(state, department, before)
        found, numbers, counts = await exchange.listed(actor, wanted, limit + 1)
        shown = found[:limit]
        return FormDeliveryPage(
            deliveries=[listed_view(one, numbers) for one in shown],
            next=shown[-1].delivery_id if len(found) > limit else None,
            waiting=counts[DeliveryState.WAITING],
            dead=counts[DeliveryState.DEAD],
        )

    @routes.post("/exchange/deliveries/{delivery_id}/again")
    async def again(delivery_id: UUID, body: OperationRequest, actor: person) -> FormDeliveryView:
        """Send a form once more, under the same id."""
        return delivery_view(await exchange.send_again(actor, delivery_id, body.op_id))

    @routes.get("/cases/{case_id}/forms")
    async def of_case(case_id: UUID, actor: person) -> FormDeliveryList:
        """Which departments were sent which form of a case, and when they had it."""
        return FormDeliveryList(
            deliveries=[delivery_view(one) for one in await exchange.of_case(actor, case_id)]
        )

    return routes


def delivery_view(one: FormDelivery) -> FormDeliveryView:
    """The answer for a delivery."""
    return FormDeliveryView(**_told(one))


def listed_view(one: FormDelivery, numbers: Mapping[UUID, str]) -> ListedFormDelivery:
    """The same in a list, with the number of its case."""
    return ListedFormDelivery(
        **_told(one), case_number="" if one.case_id is None else numbers.get(one.case_id, "")
    )


def _told(one: FormDelivery) -> dict[str, Any]:
    return {name: getattr(one, name) for name in FormDeliveryView.model_fields}
