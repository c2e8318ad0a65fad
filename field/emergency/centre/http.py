"""Routes of emergency alarms."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter
from field.emergency.centre.service import MOST_LISTED, MOST_NOTE, EmergencyService
from field.emergency.model import EmergencyAlarm
from field.events import EmergencySummary


class EmergencyAlarmView(EmergencySummary):
    """An emergency with all its times."""

    said_at: AwareDatetime
    heard_at: AwareDatetime
    acknowledged_at: AwareDatetime | None
    cleared_at: AwareDatetime | None


class EmergencyAlarmList(BaseModel):
    emergencies: list[EmergencyAlarmView]


class Cleared(OperationRequest):
    note: str = Field(min_length=1, max_length=MOST_NOTE)
    false_alarm: bool = False


def router(desk: EmergencyService, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = RoomRouter(prefix="/emergencies", tags=["units"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("")
    async def listed(
        actor: User,
        cleared: bool = False,
        case_id: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
    ) -> EmergencyAlarmList:
        found = await desk.listed(actor, cleared=cleared, case_id=case_id, limit=limit)
        return EmergencyAlarmList(emergencies=[view(alarm) for alarm in found])

    @routes.get("/{alarm_id}")
    async def one(actor: User, alarm_id: UUID) -> EmergencyAlarmView:
        return view(await desk.get(actor, alarm_id))

    @routes.post("/{alarm_id}/acknowledge")
    async def acknowledge(actor: User, alarm_id: UUID, done: OperationRequest) -> EmergencyAlarmView:
        del done  # acknowledging twice is acknowledging once
        return view(await desk.acknowledge(actor, alarm_id))

    @routes.post("/{alarm_id}/clear")
    async def clear(actor: User, alarm_id: UUID, cleared: Cleared) -> EmergencyAlarmView:
        return view(await desk.clear(actor, alarm_id, cleared.note, false_alarm=cleared.false_alarm))

    return routes


def view(alarm: EmergencyAlarm) -> EmergencyAlarmView:
    """The answer for an alarm."""
    return EmergencyAlarmView(
        alarm_id=alarm.alarm_id,
        unit_id=alarm.unit_id,
        kind=alarm.kind,
        talkgroup=alarm.talkgroup,
        case_id=alarm.case_id,
        state=alarm.state,
        asked=alarm.asked,
        raised_at=alarm.raised_at,
        said_at=alarm.said_at,
        heard_at=alarm.heard_at,
        repeats=alarm.repeats,
        dispatch_id=alarm.dispatch_id,
        position=alarm.position,
        position_at=alarm.position_at,
        acknowledged_by=alarm.acknowledged_by.name if alarm.acknowledged_by else "",
        acknowledged_at=alarm.acknowledged_at,
        cleared_by=alarm.cleared_by.name if alarm.cleared_by else "",
        cleared_at=alarm.cleared_at,
        note=alarm.note,
        false_alarm=alarm.false_alarm,
    )
