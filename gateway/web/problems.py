"""Errors as RFC 9457 problem documents, whatever raised them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from core.errors import PROBLEM_PREFIX, Invalid, SonghuaError, problem_of
from core.log import logger

_log = logger("gateway")
MOST_TOLD = 20
"""So many faults of one request are told."""
MEDIA_TYPE = "application/problem+json"
MOST_WRITTEN = 60
A_MINUTE_S = 60.0
_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")
"""How pydantic writes a member of an enum into its message; the value alone is the caller's word."""


def problem(error: SonghuaError) -> Response:
    """The response for an error: its status, and a problem document."""
    wait_s = error.extra.get("wait_s")
    headers = None if wait_s is None else {"Retry-After": str(wait_s)}
    return JSONResponse(
        problem_of(error).model_dump(), status_code=error.status, media_type=MEDIA_TYPE, headers=headers
    )


def _where(error: RequestValidationError) -> list[dict[str, Any]]:
    # The input itself is left out: it may hold personal data.
    found = error.errors()[:MOST_TOLD]
    return [
        {"where": "/".join(str(part) for part in one["loc"]), "what": _MEMBER.sub(r"\1", one["msg"])}
        for one in found
    ]


class Refusals:
    """Writes into the log what was refused for want of a right or did not fit the contract: who tries to get
    around either is seen. The address and the route's template, and nothing of what was sent.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._since = now()
        self._written = 0
        self._left_out = 0

    def write(self, request: Request, problem: str) -> None:
        """At most `MOST_WRITTEN` a minute; the next minute begins with how many were left out."""
        if self._now() - self._since >= A_MINUTE_S:
            if self._left_out:
                _log.info("requests refused that the log leaves out", count=self._left_out)
            self._since, self._written, self._left_out = self._now(), 0, 0
        if self._written >= MOST_WRITTEN:
            self._left_out += 1
            return
        self._written += 1
        peer = request.client.host if request.client else "unknown"
        route = _route(request)
        _log.info("request refused", method=request.method, route=route, problem=problem, peer=peer)


def install(app: FastAPI) -> None:
    refusals = Refusals()

    @app.exception_handler(SonghuaError)
    async def ours(request: Request, error: SonghuaError) -> Response:
        if error.status == HTTPStatus.FORBIDDEN:
            refusals.write(request, error.kind)
        return problem(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        refusals.write(request, "invalid")
        document = problem_of(Invalid("the request does not fit the contract")).model_dump()
        document["errors"] = _where(error)
        return JSONResponse(document, status_code=422, media_type=MEDIA_TYPE)

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> Response:
        document = {
            "type": f"{PROBLEM_PREFIX}http-{error.status_code}",
            "title": str(error.detail),
            "status": error.status_code,
            "detail": "",
            "remedy": "",
        }
        return JSONResponse(
            document, status_code=error.status_code, media_type=MEDIA_TYPE, headers=error.headers
        )

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        _log.error("request failed", method=request.method, route=_route(request), error=type(error).__name__)
        return problem(SonghuaError("see the log of the service"))


def _route(request: Request) -> str:
    """The route's template, not the path: a path may hold a number that somebody phoned from."""
    route = request.scope.get("route")
    return str(getattr(route, "path", "unknown"))
