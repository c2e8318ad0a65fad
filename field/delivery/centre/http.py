"""Routes of chains: how a dispatch went over each bearer, and what is overdue."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from core.actor import Actor
from core.routes import RoomRouter
from field.delivery.centre.log import MOST_LISTED, DeliveryLog
from field.delivery.centre.phone import CrewPhone
from field.delivery.model import DeliveryState, DispatchDelivery
from field.delivery.service import view
from field.events import DeliveryView


class DispatchDeliveryView(BaseModel):
    """`overdue` is why the dispatcher was told, `offered_at` when another unit was offered to him."""

    dispatch_id: UUID
    unit_id: str
    case_id: UUID | None
    urgent: bool
    state: DeliveryState
    opened_at: datetime
    overdue: str | None = None
    overdue_at: datetime | None = None
    offered_at: datetime | None = None
    deliveries: list[DeliveryView] = []


class CrewCallRequest(BaseModel):
    op_id: UUID


class DispatchDeliveryList(BaseModel):
    dispatches: list[DispatchDeliveryView]


def chain_view(delivery: DispatchDelivery) -> DispatchDeliveryView:
    """The answer for a dispatch's delivery with its attempts."""
    return DispatchDeliveryView(
        dispatch_id=delivery.dispatch_id,
        unit_id=delivery.unit_id,
        case_id=delivery.case_id,
        urgent=delivery.urgent,
        state=delivery.state,
        opened_at=delivery.opened_at,
        overdue=delivery.overdue,
        overdue_at=delivery.overdue_at,
        offered_at=delivery.offered_at,
        deliveries=[view(one) for one in delivery.deliveries],
    )


def router(
    log: DeliveryLog, phone: CrewPhone, current_user: Callable[[Request], Awaitable[Actor]]
) -> APIRouter:
    routes = RoomRouter(tags=["dispatches"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for this route

    @routes.get("/dispatches/overdue")
    async def overdue(
        user: User, limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100
    ) -> DispatchDeliveryList:
        return DispatchDeliveryList(
            dispatches=[chain_view(one) for one in await log.overdue(user, limit=limit)]
        )

    @routes.post("/dispatches/{dispatch_id}/talk", status_code=202)
    async def talk(dispatch_id: UUID, body: CrewCallRequest, user: User) -> DeliveryView:
        """The centre rings the crew's telephone, then the citizen; neither sees the other's number."""
        return view(await phone.talk(user, dispatch_id, body.op_id))

    @routes.get("/dispatches/{dispatch_id}/deliveries")
    async def deliveries(dispatch_id: UUID, user: User) -> DispatchDeliveryView:
        return chain_view(await log.of(user, dispatch_id))

    return routes
