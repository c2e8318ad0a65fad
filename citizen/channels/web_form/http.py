"""The public routes of the web form."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from cases.events import CaseProgress, DeclineReason
from citizen.channels.web_form.service import WebReports
from citizen.contract import CitizenRating, CitizenReport, NearbyQuery, ReportAddition, ReportProgress
from citizen.contract.report import BEST, MOST_PICTURE_BYTES, MOST_PICTURES, MOST_PLACE, MOST_TEXT
from citizen.errors import ReportInvalid
from core.place import Position

_Base64 = Annotated[
    str, Field(max_length=MOST_PICTURE_BYTES * 4 // 3 + 8, json_schema_extra={"contentEncoding": "base64"})
]


class WebPosition(BaseModel):
    """As a browser's geolocation gives it: WGS-84 degrees, the accuracy in metres."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    accuracy_m: float = Field(gt=0, le=100_000)


class WebReportRequest(BaseModel):
    """`message_id` is a new UUID for each report; send the same one again when no answer came."""

    message_id: UUID
    text: str = Field(min_length=1, max_length=MOST_TEXT)
    place: str = Field(default="", max_length=MOST_PLACE)
    phone: str = Field(default="", max_length=40)
    position: WebPosition | None = None
    pictures: list[_Base64] = Field(default_factory=list, max_length=MOST_PICTURES)
    """JPEG or PNG, in base64."""


class WebReceipt(BaseModel):
    """`number` and `code` together open the report's progress."""

    number: str
    code: str


class FollowRequest(BaseModel):
    number: str = Field(min_length=1, max_length=24)
    code: str = Field(min_length=1, max_length=16)


class WebStep(BaseModel):
    """`progress` is `declined` where no case was made of the report; `declined` then says why."""

    at: datetime
    progress: CaseProgress | Literal["declined"]
    declined: DeclineReason | None = None


class WebProgress(BaseModel):
    """`case_number` is empty until an agent has filed the report."""

    number: str
    case_number: str
    received_at: datetime
    steps: list[WebStep]
    additions: int = 0
    stars: int | None = None
    """What it was rated with."""
    may_rate: bool = False


class AddRequest(FollowRequest):
    """`message_id` is a new UUID for each addition; send the same one again when no answer came."""

    message_id: UUID
    text: str = Field(default="", max_length=MOST_TEXT)
    pictures: list[_Base64] = Field(default_factory=list, max_length=MOST_PICTURES)
    """JPEG or PNG, in base64."""


class RateRequest(FollowRequest):
    """1 to 5 stars; `solved` is left out where the person does not say."""

    stars: int = Field(ge=1, le=BEST)
    solved: bool | None = None
    words: str = Field(default="", max_length=1000)


class PublicPageView(BaseModel):
    """What the page of the public offers."""

    takes_reports: bool
    nearby: bool
    hotline: str


class NearbyReportView(BaseModel):
    """An open case as everybody may see it; `others` said “me too”."""

    key: str
    category_zh: str
    category_en: str
    street: str
    step: CaseProgress
    received_at: datetime
    others: int


class NearbyList(BaseModel):
    """The nearest first."""

    reports: list[NearbyReportView]


class MeTooRequest(BaseModel):
    """`device` is an id that the page makes for this device and keeps."""

    device: UUID


class MeTooCount(BaseModel):
    others: int


def _after(admit: Callable[[Request], None]) -> type[APIRoute]:
    """Routes that read a request's body only once `admit` has let it in."""

    class AdmittedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def admitted(request: Request) -> Response:
                admit(request)
                return await answer(request)

            return admitted

    return AdmittedRoute


def routes(reports: WebReports) -> APIRouter:
    public = APIRouter(tags=["citizen"])
    posts = APIRouter(route_class=_after(reports.admit_report))
    looks = APIRouter(route_class=_after(reports.admit_look))
    near = APIRouter(route_class=_after(reports.admit_nearby))

    @posts.post("/citizen/reports", status_code=201)
    async def report(body: WebReportRequest) -> WebReceipt:
        """Report something. An agent reads it before it becomes a case."""
        given = await reports.report(await asyncio.to_thread(_report, body, reports.now()))
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

    public.include_router(posts)
    public.include_router(looks)
    public.include_router(near)
    return public


def _report(body: WebReportRequest, now: datetime) -> CitizenReport:
    return CitizenReport(
        message_id=str(body.message_id),
        text=body.text,
        received_at=now,
        place=body.place,
        phone=body.phone,
        position=None if body.position is None else Position(**body.position.model_dump()),
        pictures=tuple(_picture(one) for one in body.pictures),
    )


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
            WebStep(at=one.at, progress=one.progress or "declined", declined=one.declined)
            for one in found.steps
        ],
        additions=found.additions,
        stars=found.stars,
        may_rate=found.may_rate,
    )
