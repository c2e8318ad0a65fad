"""The routes of the reports: for supervisors, as JSON, CSV or Parquet."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Response

from cdr.ports import CurrentActor
from cdr.reports import formats
from cdr.reports.intervals import Interval
from cdr.reports.metrics import DEFAULT_TARGET_S
from cdr.reports.service import MOST_CALLS, ReportRequest, ReportResult, Reports
from cdr.views import ReportView
from core.actor import Actor
from core.answers import answers
from core.bounds import Count
from core.routes import RoomRouter

Format = Literal["json", "csv", "parquet"]
_Moment = Annotated[str, Query(max_length=40, description="a date, or an ISO time")]


def _question(
    since: Annotated[str, Query(alias="from", max_length=40, description="a date, or an ISO time")],
    to: _Moment,
    interval: Interval = Interval.DAY,
    time_zone: Annotated[str, Query(max_length=64)] = "",
    queue: Annotated[str | None, Query(max_length=80)] = None,
    agent: Annotated[str | None, Query(max_length=160)] = None,
    target_s: Count = DEFAULT_TARGET_S,
) -> ReportRequest:
    return ReportRequest(since, to, interval, time_zone, queue, agent, target_s)


_Asked = Annotated[ReportRequest, Depends(_question)]
_Wanted = Annotated[Format | None, Query(alias="format")]
_Accept = Annotated[str, Header(max_length=400)]


def router(reports: Reports, current: CurrentActor) -> APIRouter:
    """`current` is the dependency that gives the signed-in person."""
    routes = RoomRouter(tags=["reports"], prefix="/reports")

    @routes.get("/queues", **answers(ReportView))
    async def by_queue(
        actor: Annotated[Actor, Depends(current)],
        asked: _Asked,
        wanted: _Wanted = None,
        accept: _Accept = "",
    ) -> Response | dict[str, Any]:
        return _shown(await reports.queues(actor, asked), wanted or _of_accept(accept))

    @routes.get("/agents", **answers(ReportView))
    async def by_agent(
        actor: Annotated[Actor, Depends(current)],
        asked: _Asked,
        wanted: _Wanted = None,
        accept: _Accept = "",
    ) -> Response | dict[str, Any]:
        return _shown(await reports.agents(actor, asked), wanted or _of_accept(accept))

    @routes.get("/quality", **answers(ReportView))
    async def quality(
        actor: Annotated[Actor, Depends(current)],
        asked: _Asked,
        wanted: _Wanted = None,
        accept: _Accept = "",
    ) -> Response | dict[str, Any]:
        return _shown(await reports.quality(actor, asked), wanted or _of_accept(accept))

    @routes.get("/calls", **answers(ReportView))
    async def calls(
        actor: Annotated[Actor, Depends(current)],
        asked: _Asked,
        wanted: _Wanted = None,
        accept: _Accept = "",
        limit: Annotated[int, Query(ge=1, le=MOST_CALLS)] = 1_000,
        after: Annotated[str, Query(max_length=120)] = "",
    ) -> Response | dict[str, Any]:
        found = await reports.calls(actor, asked, limit=limit, after=after)
        return _shown(found, wanted or _of_accept(accept))

    return routes


def _of_accept(accept: str) -> Format:
    if "parquet" in accept:
        return "parquet"
    return "csv" if "text/csv" in accept else "json"


def _shown(answer: ReportResult, wanted: Format) -> Response | dict[str, Any]:
    if wanted == "json":
        return answer.body()
    headers = {"Content-Disposition": f'attachment; filename="{_name(answer)}.{wanted}"'}
    if answer.next:
        headers["X-Songhua-Next"] = answer.next
    if wanted == "csv":
        return Response(formats.csv_of(answer), media_type=formats.CSV_TYPE, headers=headers)
    return Response(formats.parquet_of(answer), media_type=formats.PARQUET_TYPE, headers=headers)


def _name(answer: ReportResult) -> str:
    def day(at: datetime) -> str:
        return at.strftime("%Y%m%d")

    return f"{answer.subject}-{day(answer.since)}-{day(answer.until)}"
