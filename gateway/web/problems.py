"""Errors as RFC 9457 problem documents, whatever raised them."""

from __future__ import annotations

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


def problem(error: SonghuaError) -> Response:
    return JSONResponse(problem_of(error).model_dump(), status_code=error.status, media_type=MEDIA_TYPE)


def _where(error: RequestValidationError) -> list[dict[str, Any]]:
    # The input itself is left out: it may hold personal data.
    found = error.errors()[:MOST_TOLD]
    return [{"where": "/".join(str(part) for part in one["loc"]), "what": one["msg"]} for one in found]


def install(app: FastAPI) -> None:
    @app.exception_handler(SonghuaError)
    async def ours(_request: Request, error: SonghuaError) -> Response:
        return problem(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
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
