"""The route of the map: where open cases are. A case that came from a crew's emergency is where the crew is,
so only those who may see crews see it.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from cases import rights
from cases.ports import CurrentUser
from cases.positions import store
from cases.view_audit import CaseViewAudit
from core.actor import Actor
from core.routes import RoomRouter
from core.storage import Storage


class CasePosition(BaseModel):
    """WGS-84 degrees; `accuracy_m` is the radius that holds the true point. `invented`: nobody has measured
    it.
    """

    case_id: UUID
    lon: float
    lat: float
    accuracy_m: float
    invented: bool = False


class CasePositionList(BaseModel):
    """Cases that are filed and not done, the newest first; those without coordinates are not among them."""

    positions: list[CasePosition]


def position_routes(storage: Storage, user: CurrentUser, view_audit: CaseViewAudit) -> APIRouter:
    """Mounted before the routes of single cases: `positions` is no case's id."""
    routes = RoomRouter(tags=["cases"])

    @routes.get("/cases/positions")
    async def positions(actor: Annotated[Actor, Depends(user)]) -> CasePositionList:
        rights.SEE_POSITIONS.check(actor)
        async with storage.read() as connection:
            found = await store.of_open(connection, districts=actor.scopes.districts, filed_by=actor.id)
        await view_audit.at_positions(actor)
        return CasePositionList(
            positions=[
                CasePosition(case_id=one.case_id, invented=one.invented, **one.position.model_dump())
                for one in found
            ]
        )

    return routes
