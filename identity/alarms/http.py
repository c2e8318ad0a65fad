"""Routes about alarms.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside `router`.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi import Path as FastPath

from core.actor import Actor
from identity.alarms.service import RightsAlarms
from identity.http import CurrentUser


def router(alarms: RightsAlarms, current: CurrentUser) -> APIRouter:
    routes = APIRouter(tags=["approvals"])

    @routes.get("/rights-alarms")
    async def list_alarms(actor: Annotated[Actor, Depends(current)]) -> dict[str, Any]:
        return {"alarms": [one.model_dump(mode="json") for one in alarms.listed(actor)]}

    @routes.post("/rights-alarms/{alarm_id}/take")
    async def take(
        alarm_id: Annotated[str, FastPath(max_length=80)], actor: Annotated[Actor, Depends(current)]
    ) -> dict[str, Any]:
        """The alarms that stand then."""
        await alarms.take(actor, alarm_id)
        return {"alarms": [one.model_dump(mode="json") for one in alarms.listed(actor)]}

    return routes
