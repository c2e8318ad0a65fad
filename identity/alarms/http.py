"""Routes about alarms.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside `router`.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi import Path as FastPath
from pydantic import BaseModel

from core.actor import Actor
from core.routes import RoomRouter
from identity.alarms.service import RightsAlarms
from identity.events import RightsAlarm
from identity.http import CurrentUser


class RightsAlarmList(BaseModel):
    alarms: list[RightsAlarm]


def router(alarms: RightsAlarms, current: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["approvals"])

    @routes.get("/rights-alarms")
    async def list_alarms(actor: Annotated[Actor, Depends(current)]) -> RightsAlarmList:
        return RightsAlarmList(alarms=list(alarms.listed(actor)))

    @routes.post("/rights-alarms/{alarm_id}/take")
    async def take(
        alarm_id: Annotated[str, FastPath(max_length=80)], actor: Annotated[Actor, Depends(current)]
    ) -> RightsAlarmList:
        """The alarms that stand then."""
        await alarms.take(actor, alarm_id)
        return RightsAlarmList(alarms=list(alarms.listed(actor)))

    return routes
