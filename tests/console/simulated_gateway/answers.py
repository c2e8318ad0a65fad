"""The shapes of an answer of the simulated gateway, and how it finds what is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

Json = dict[str, Any]


def now() -> str:
    return datetime.now(UTC).isoformat()


def nothing(answer: Json) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answered(_request: web.Request) -> web.Response:
        return web.json_response(answer)

    return answered


def none_of(what: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    """An empty list under this name."""

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({what: []})

    return answer


def one_of(things: Iterable[Json], key: str, wanted: str) -> web.Response:
    found = next((one for one in things if one[key] == wanted), None)
    return web.json_response(found) if found else problem(404, "there is no such thing", kind="not-found")


def problem(status: int, detail: str, *, kind: str = "conflict", **extra: Any) -> web.Response:
    body = {
        "type": f"urn:songhua:problem:{kind}",
        "title": detail,
        "status": status,
        "detail": detail,
        **extra,
    }
    return web.json_response(body, status=status, content_type="application/problem+json")
