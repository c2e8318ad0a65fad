"""The route of calls for alarms; for dispatchers and supervisors."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from core.actor import Actor
from core.routes import RoomRouter
from hotline.outbound.alarms.events import AlarmCallView
from hotline.outbound.alarms.service import MOST_LISTED, AlarmCalls
from hotline.ports import CurrentUser


class AlarmCallList(BaseModel):
    calls: list[AlarmCallView]


def router(alarms: AlarmCalls, current_user: CurrentUser) -> APIRouter:
    """`/alarm-calls`; `current_user` is the dependency that gives who asks."""
    routes = RoomRouter(prefix="/alarm-calls", tags=["units"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for this route

    @routes.get("")
    async def listed(
        user: User, alarm_id: UUID | None = None, limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100
    ) -> AlarmCallList:
        return AlarmCallList(calls=await alarms.recent(user, alarm_id=alarm_id, limit=limit))

    return routes
