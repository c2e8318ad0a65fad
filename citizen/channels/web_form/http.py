"""The public routes of the web form."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.routing import APIRoute

from citizen.channels.web_form.messages import (
    AddRequest,
    FollowRequest,
    MeTooCount,
    MeTooRequest,
    NearbyList,
    NearbyReportView,
    PublicPageView,
    RateRequest,
    WebProgress,
    WebReceipt,
    WebReportRequest,
    WebStep,
)
from citizen.channels.web_form.service import WebReports
from citizen.contract import (
    CitizenRating,
    CitizenReport,
    NearbyQuery,
    ReportAddition,
    ReportProgress,
    mail_address,
)
from citizen.errors import ReportInvalid
from core.place import Position
from core.routes import DeferredRoute, RoomRouter, add_routes


def _after(admit: Callable[[Request], None]) -> type[APIRoute]:
    """Routes that read a request's body only once `admit` has let it in."""

    class AdmittedRoute(DeferredRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def admitted(request: Request) -> Response:
                admit(request)
                return await answer(request)

            return admitted

    return AdmittedRoute


def routes(reports: WebReports) -> APIRouter:
    public = RoomRouter(tags=["citizen"])
    posts = RoomRouter(route_class=_after(reports.admit_report))
    looks = RoomRouter(route_class=_after(reports.admit_look))
    near = RoomRouter(route_class=_after(reports.admit_nearby))

    @posts.post("/citizen/reports", status_code=201)
    async def report(body: WebReportRequest) -> WebReceipt:
        """Report something. An agent reads it before it becomes a case."""
        told = await asyncio.to_thread(_report, body, reports.now(), keeps=reports.sends_mails)
        given = await reports.report(told)
        return WebReceipt(number=given.number, code=given.code)

    @looks.post("/citizen/reports/follow")
    async def follow(body: FollowRequest, request: Request) -> WebProgress:
        """How far an own report has come."""
        return _progress(await reports.follow(request, body.number, body.code))

    @looks.post("/citizen/reports/add")
    async def add(body: AddRequest, request: Request) -> WebProgress:
        """Add words or pictures to an own report that is not over."""
        addition = ReportAddition(
            str(body.message_id),
            body.text,
            tuple([await asyncio.to_thread(_picture, one) for one in body.pictures]),
        )
        await reports.add(request, body.number, body.code, addition)
        return _progress(await reports.follow(request, body.number, body.code))

    @looks.post("/citizen/reports/rate")
    async def rate(body: RateRequest, request: Request) -> WebProgress:
        """Rate an own report that is closed."""
        rating = CitizenRating(body.stars, body.solved, body.words)
        await reports.rate(request, body.number, body.code, rating)
        return _progress(await reports.follow(request, body.number, body.code))

    @public.get("/citizen/page")
    async def page() -> PublicPageView:
        """What the public page offers."""
        return PublicPageView(
            takes_reports=reports.is_on,
            nearby=reports.is_on and reports.shows_nearby,
            hotline=reports.hotline,
            mails=reports.is_on and reports.sends_mails,
        )

    @near.get("/citizen/nearby")
    async def nearby(
        lon: Annotated[float, Query(ge=-180, le=180)], lat: Annotated[float, Query(ge=-90, le=90)]
    ) -> NearbyList:
        """Open reports within 300 m of a point."""
        found = await reports.near(NearbyQuery(lon, lat))
        return NearbyList(reports=[NearbyReportView(**asdict(one)) for one in found])

    @near.post("/citizen/nearby/{key}/me-too")
    async def me_too(
        key: Annotated[str, Path(max_length=32)], body: MeTooRequest, request: Request
    ) -> MeTooCount:
        """Say that the own trouble is the same; how many said so."""
        return MeTooCount(others=await reports.me_too(request, key, str(body.device)))

    add_routes(public, posts)
    add_routes(public, looks)
    add_routes(public, near)
    return public


def _report(body: WebReportRequest, now: datetime, *, keeps: bool) -> CitizenReport:
    """`keeps`: the address is kept, since it is used."""
    address = _address(body.email)
    return CitizenReport(
        message_id=str(body.message_id),
        text=body.text,
        received_at=now,
        place=body.place,
        phone=body.phone,
        position=None if body.position is None else Position(**body.position.model_dump()),
        pictures=tuple(_picture(one) for one in body.pictures),
        email=address if keeps else "",
        language=body.language,
    )


def _address(text: str) -> str:
    """As it is kept. Raises `ReportInvalid`."""
    address = mail_address(text)
    if text.strip() and not address:
        raise ReportInvalid(
            "this is no e-mail address", remedy="write it as name@example.org, or leave it out", field="email"
        )
    return address


def _picture(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ReportInvalid("a picture is not base64", remedy="send the file's bytes in base64") from error


def _progress(found: ReportProgress) -> WebProgress:
    return WebProgress(
        number=found.number,
        case_number=found.case_number,
        received_at=found.received_at,
        steps=[
            WebStep(
                at=one.at,
                progress=one.progress or "declined",
                declined=one.declined,
                case_number=one.case_number,
            )
            for one in found.steps
        ],
        additions=found.additions,
        stars=found.stars,
        may_rate=found.may_rate,
    )
