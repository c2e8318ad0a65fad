"""The route by which a superior's order becomes a case."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, Field

from cases.drafting.model import FieldName
from cases.events import CaseView
from cases.paper.http import MOST_FIELDS, MOST_TEXT
from cases.ports import CurrentUser
from cases.privacy import shown
from cases.superior.model import MOST_NAME, MOST_REFERENCE, OrderedCase, SuperiorOrder
from cases.superior.service import SuperiorOrders
from core.actor import Actor
from core.answers import answers
from core.routes import RoomRouter

_Text = Annotated[str, Field(max_length=MOST_TEXT)]


class SuperiorOrderRequest(BaseModel):
    """`fields` as a draft has them; `ordered_by` is the person or office, `reference` its number of the
    order, `due_at` until when.
    """

    op_id: UUID
    fields: dict[FieldName, _Text | None] = Field(max_length=MOST_FIELDS)
    ordered_by: str = Field(min_length=1, max_length=MOST_NAME)
    reference: str = Field(default="", max_length=MOST_REFERENCE)
    due_at: AwareDatetime | None = None
    confidential: bool = False
    condition: str = Field(default="", max_length=200)


def superior_routes(orders: SuperiorOrders, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["cases"])
    person = Annotated[Actor, Depends(user)]

    @routes.post("/cases/superior", **answers(CaseView, 201))
    async def enter(body: SuperiorOrderRequest, actor: person) -> dict[str, Any]:
        """File what a superior orders; its case is due no later than `due_at`."""
        order = SuperiorOrder(body.ordered_by, body.reference, body.due_at)
        ordered = OrderedCase(body.fields, order, body.confidential, body.condition)
        return shown(actor, await orders.enter(ordered, op_id=body.op_id, actor=actor))

    return routes
