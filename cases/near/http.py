"""The route of everything near a case."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from cases.near.model import MOST_METRES, NearThing
from cases.near.service import NearCase
from cases.ports import CurrentUser
from cases.view_audit import CaseViewAudit
from core.actor import Actor
from core.routes import RoomRouter

MOST_NEAR = 200


class NearThings(BaseModel):
    """The nearest first. `placed`: the case has coordinates; `invented`: nobody has measured them."""

    things: list[NearThing]
    placed: bool
    invented: bool


def near_routes(near: NearCase, user: CurrentUser, view_audit: CaseViewAudit) -> APIRouter:
    routes = RoomRouter(tags=["cases"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/cases/{case_id}/near")
    async def of_case(
        case_id: UUID,
        actor: person,
        metres: Annotated[float, Query(gt=0, le=MOST_METRES)] = 500.0,
        limit: Annotated[int, Query(ge=1, le=MOST_NEAR)] = 50,
    ) -> NearThings:
        """Units, cameras that see it, open cases and parts around a case."""
        found = await near.of_case(actor, case_id, metres, limit)
        await view_audit.at_list(actor, found.cases, {"near": "case"}, by_word=True)
        return NearThings(things=list(found.things), placed=found.placed, invented=found.invented)

    return routes
