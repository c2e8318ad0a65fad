"""The routes of GeoReport v2. Every answer is in the form that the address asks for, errors too."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from citizen.channels.open311.documents import MEDIA_TYPES, Form, GeoReportDocument, written
from citizen.channels.open311.errors import GeoReportFault
from citizen.channels.open311.service import Open311Reports, reads_chinese
from citizen.contract.report import MOST_PICTURE_BYTES, MOST_PICTURES
from core.errors import SonghuaError
from core.routes import RoomRouter

MOST_FIELDS: Final = 100
URLENCODED: Final = "application/x-www-form-urlencoded"
_CONTENT: Final[dict[str, Any]] = {"text/xml": {}, "application/json": {}}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "A document of GeoReport v2", "content": _CONTENT},
    **{
        code: {"description": "Errors of GeoReport v2", "content": _CONTENT}
        for code in (400, 403, 404, 429, 503)
    },
}


def routes(reports: Open311Reports) -> APIRouter:
    public = RoomRouter(prefix="/open311/v2", tags=["open311"], default_response_class=Response)

    @public.get("/discovery.{form}", responses=_ANSWERS)
    async def discovery(form: str, request: Request) -> Response:
        """Where and in which forms these routes answer."""
        return await _answer(form, lambda: reports.discovery(request))

    @public.get("/services.{form}", responses=_ANSWERS)
    async def services(form: str, request: Request) -> Response:
        """What may be reported."""
        return await _remembered(form, reports, request, lambda: reports.services(request))

    @public.get("/services/{service_code}.{form}", responses=_ANSWERS)
    async def definition(service_code: str, form: str, request: Request) -> Response:
        """The attributes of a service whose `metadata` is true."""
        return await _remembered(form, reports, request, lambda: reports.definition(request, service_code))

    @public.get("/requests.{form}", responses=_ANSWERS)
    async def requests(form: str, request: Request) -> Response:
        """Reports that came by Open311, the newest first, without words and reporters."""
        return await _remembered(form, reports, request, lambda: reports.requests(request))

    @public.post("/requests.{form}", responses=_ANSWERS)
    async def report(form: str, request: Request) -> Response:
        """Report something: a form, urlencoded or multipart with up to three pictures."""

        async def take() -> GeoReportDocument:
            reports.admit(request)
            said, pictures = await _posted(request)
            return await reports.report(request, said, pictures)

        return await _answer(form, take)

    @public.get("/requests/{number}.{form}", responses=_ANSWERS)
    async def one(number: str, form: str, request: Request) -> Response:
        """One report."""
        return await _remembered(form, reports, request, lambda: reports.request(request, number))

    @public.get("/servicerequestupdates.{form}", responses=_ANSWERS)
    async def updates(form: str, request: Request) -> Response:
        """The steps of reports, the oldest first, as FixMyStreet asks for them."""
        return await _remembered(form, reports, request, lambda: reports.updates(request))

    @public.get("/tokens/{token}.{form}", responses=_ANSWERS)
    async def token(token: str, form: str, request: Request) -> Response:
        """The number of a report by its token; a report here has its number at once."""
        return await _answer(form, lambda: reports.token(request, token))

    return public


async def _posted(request: Request) -> tuple[dict[str, str], list[bytes]]:
    """Fields and pictures of a form. Of a field that stands twice the last one counts."""
    items: Sequence[tuple[str, str | UploadFile]]
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == URLENCODED:
        items = fields_of(await request.body())
    else:
        try:
            form = await request.form(max_files=MOST_PICTURES, max_fields=MOST_FIELDS)
        except HTTPException as error:
            raise GeoReportFault(400, str(error.detail)[:200]) from error
        items = form.multi_items()
    said: dict[str, str] = {}
    pictures: list[bytes] = []
    for name, value in items:
        if isinstance(value, UploadFile):
            data = await value.read(MOST_PICTURE_BYTES + 1)
            if data:
                pictures.append(data)
        elif value:
            said[name.removesuffix("[]") if name.endswith("][]") else name] = value
    return said, pictures


def fields_of(body: bytes) -> list[tuple[str, str]]:
    """The fields of an urlencoded form in UTF-8 or, as older clients write without saying so, in GB18030.
    What is neither would be kept as question marks: it is refused.
    """
    for encoding in ("utf-8", "gb18030"):
        try:
            text = body.decode(encoding)
            return parse_qsl(text, encoding=encoding, errors="strict", max_num_fields=MOST_FIELDS)
        except UnicodeDecodeError:
            continue
        except ValueError as error:
            raise GeoReportFault(400, f"the form has more than {MOST_FIELDS} fields") from error
    raise GeoReportFault(400, "the form is neither UTF-8 nor GB18030")


def _require_form(form: str) -> None:
    if form not in MEDIA_TYPES:
        raise GeoReportFault(404, f"the form {form[:20]!r} is not written here: xml or json")


async def _remembered(
    form: str,
    reports: Open311Reports,
    request: Request,
    make: Callable[[], GeoReportDocument | Awaitable[GeoReportDocument]],
) -> Response:
    """The answer of a moment ago, or a new one."""
    scope = request.scope
    language = "zh" if reads_chinese(request) else "en"
    question = (scope["path"], scope["query_string"].decode("latin-1"), language)
    memory = reports.remembered

    async def read() -> bytes:
        reports.require_read(request)
        known = memory.of(question)
        if known is None:
            age = memory.age
            known = written(await _made(make), _kind(form))
            memory.keep(question, known, age)
        return known

    return await _told(form, read)


async def _answer(
    form: str, make: Callable[[], GeoReportDocument | Awaitable[GeoReportDocument]]
) -> Response:
    async def read() -> bytes:
        return written(await _made(make), _kind(form))

    return await _told(form, read)


async def _told(form: str, read: Callable[[], Awaitable[bytes]]) -> Response:
    kind = _kind(form)
    try:
        _require_form(form)
        return Response(await read(), media_type=MEDIA_TYPES[kind])
    except GeoReportFault as fault:
        status, says = fault.status, fault.says
    except SonghuaError as error:
        status, says = error.status, f"{error.detail or error.title}; {error.remedy}".rstrip("; ")
    errors = GeoReportDocument("errors", [{"code": status, "description": says}])
    return Response(written(errors, kind), status_code=status, media_type=MEDIA_TYPES[kind])


async def _made(make: Callable[[], GeoReportDocument | Awaitable[GeoReportDocument]]) -> GeoReportDocument:
    made = make()
    return made if isinstance(made, GeoReportDocument) else await made


def _kind(form: str) -> Form:
    return "json" if form == "json" else "xml"
