"""The public routes by which readers of our e-mails stop them, or have them again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from citizen.contract.limits import HourLimit
from citizen.errors import TooManyReports
from citizen.mails.errors import NoSuchMailKey
from citizen.mails.service import CitizenMails

WRONG_KEYS_HOUR: int = 30
"""Wrong keys of one address; after that it is not answered for the rest of the hour."""


class MailChoice(BaseModel):
    """Whether the address that got the e-mail gets no more."""

    stopped: bool


def mail_routes(mails: CitizenMails, address_of: Callable[[HTTPConnection], str]) -> APIRouter:
    routes = APIRouter(tags=["citizen"])
    limit = HourLimit(WRONG_KEYS_HOUR, 1_000 * WRONG_KEYS_HOUR, monotonic)
    given = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]

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

    @routes.get("/citizen/mails/{key}")
    async def look(key: given, request: Request) -> MailChoice:
        """Whether the reader of this e-mail has stopped them."""
        with counted(request):
            return MailChoice(stopped=await mails.stopped(key))

    @routes.post("/citizen/mails/{key}/stop")
    async def stop(key: given, request: Request) -> MailChoice:
        """No more notices by e-mail. A mail program's own button posts here (RFC 8058)."""
        with counted(request):
            await mails.choose(key, out=True)
        return MailChoice(stopped=True)

    @routes.post("/citizen/mails/{key}/start")
    async def start(key: given, request: Request) -> MailChoice:
        """Notices by e-mail again."""
        with counted(request):
            await mails.choose(key, out=False)
        return MailChoice(stopped=False)

    return routes
