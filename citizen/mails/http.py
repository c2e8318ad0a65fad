"""The public routes by which readers of our e-mails stop them, or have them again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from citizen.contract.limits import HourLimit
from citizen.errors import TooManyReports
from citizen.mails.errors import NoSuchMailKey
from citizen.mails.service import CitizenMails
from core.routes import RoomRouter

WRONG_KEYS_HOUR: int = 30
"""Wrong keys of one address; after that it is not answered for the rest of the hour."""


_KEY: Final = r"^[0-9a-f]{32}$"


class MailKeyRequest(BaseModel):
    """The key of the link in an e-mail."""

    key: str = Field(pattern=_KEY)


class MailChoiceRequest(MailKeyRequest):
    """The same, and whether its address gets no more e-mails."""

    stopped: bool


class MailChoice(BaseModel):
    """Whether the address that got the e-mail gets no more."""

    stopped: bool


def mail_routes(mails: CitizenMails, address_of: Callable[[HTTPConnection], str]) -> APIRouter:
    routes = RoomRouter(tags=["citizen"])
    limit = HourLimit(WRONG_KEYS_HOUR, 1_000 * WRONG_KEYS_HOUR, monotonic)
    given = Annotated[str, Path(pattern=_KEY)]

    @contextmanager
    def counted(request: HTTPConnection) -> Iterator[None]:
        """Who tries many keys is not answered any more."""
        address = address_of(request)
        limit.require(address)
        try:
            yield
        except NoSuchMailKey:
            with suppress(TooManyReports):
                limit.take(address)
            raise

    @routes.post("/citizen/mails/look")
    async def look(body: MailKeyRequest, request: Request) -> MailChoice:
        """Whether the reader of this e-mail has stopped them."""
        with counted(request):
            return MailChoice(stopped=await mails.stopped(body.key))

    @routes.post("/citizen/mails/choose")
    async def choose(body: MailChoiceRequest, request: Request) -> MailChoice:
        """No more notices by e-mail, or have them again."""
        with counted(request):
            await mails.choose(body.key, out=body.stopped)
        return MailChoice(stopped=body.stopped)

    @routes.post("/citizen/mails/{key}/stop")
    async def stop(key: given, request: Request) -> MailChoice:
        """No more notices by e-mail. A mail program's own button posts here (RFC 8058)."""
        with counted(request):
            await mails.choose(key, out=True)
        return MailChoice(stopped=True)

    @routes.get("/citizen/mails/{key}/stop", status_code=303, response_class=RedirectResponse)
    async def open_page(key: given) -> Response:
        """To the page where the reader chooses: older mail programs open the address, and so does what
        fetches links ahead. It stops nothing.
        """
        return RedirectResponse(f"/citizen/#mails={key}", 303)

    return routes
