"""Routes of emergency alarms."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from core.actor import Actor
from core.place import Position
from field.emergency.centre.service import MOST_LISTED, MOST_NOTE, EmergencyService
from field.emergency.model import AlarmState, Asked, EmergencyAlarm, Kind


class EmergencyAlarmView(BaseModel):
    """`asked` is who is to answer; `acknowledged_by` and `cleared_by` are names. `kind`: an alarm is data, a
    call voice on `talkgroup`; of an alarm that is the group where the unit is heard. `case_id` is its case.
    """

    alarm_id: UUID
    unit_id: str
    kind: Kind
    talkgroup: str
    case_id: UUID | None
    state: AlarmState
    asked: Asked
    raised_at: AwareDatetime
    said_at: AwareDatetime
    heard_at: AwareDatetime
    repeats: int
    dispatch_id: UUID | None
    position: Position | None
    position_at: AwareDatetime | None
    acknowledged_by: str
    acknowledged_at: AwareDatetime | None
    cleared_by: str
    cleared_at: AwareDatetime | None
    note: str
    false_alarm: bool


class EmergencyAlarmList(BaseModel):
    emergencies: list[EmergencyAlarmView]


class EmergencyOperation(BaseModel):
    op_id: UUID


class Cleared(BaseModel):
    op_id: UUID
    note: str = Field(min_length=1, max_length=MOST_NOTE)
    false_alarm: bool = False


def router(desk: EmergencyService, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = APIRouter(prefix="/emergencies", tags=["units"])
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
    async def acknowledge(actor: User, alarm_id: UUID, done: EmergencyOperation) -> EmergencyAlarmView:
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
