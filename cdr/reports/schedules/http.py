"""The routes of scheduled reports."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from cdr.ports import CurrentActor
from cdr.reports.schedules.service import ReportSchedules
from cdr.reports.schedules.views import ReportScheduleList, ReportScheduleView, ScheduleWish
from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter


class ScheduleReport(OperationRequest):
    schedule: ScheduleWish


class MailsQueued(BaseModel):
    mails: int


def router(schedules: ReportSchedules, current: CurrentActor) -> APIRouter:
    """`current` is the dependency that gives the signed-in person."""
    routes = RoomRouter(tags=["reports"])
    person = Annotated[Actor, Depends(current)]

    @routes.get("/reports/schedules")
    async def listed(actor: person) -> ReportScheduleList:
        return await schedules.all(actor)

    @routes.post("/reports/schedules", status_code=201)
    async def add(body: ScheduleReport, actor: person) -> ReportScheduleView:
        return await schedules.add(actor, body.op_id, body.schedule)

    @routes.post("/reports/schedules/{schedule_id}")
    async def change(schedule_id: UUID, body: ScheduleReport, actor: person) -> ReportScheduleView:
        return await schedules.change(actor, schedule_id, body.schedule)

    @routes.post("/reports/schedules/{schedule_id}/remove", status_code=204)
    async def remove(schedule_id: UUID, actor: person) -> None:
        await schedules.remove(actor, schedule_id)

    @routes.post("/reports/schedules/{schedule_id}/send", status_code=202)
    async def send(schedule_id: UUID, body: OperationRequest, actor: person) -> MailsQueued:
        return MailsQueued(mails=await schedules.send_now(actor, schedule_id, body.op_id))

    return routes
