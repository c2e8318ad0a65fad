"""An operation of the web as a span: which route, how long, with which status; in the trace of the call that
it is about. Middleware for ASGI.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.telemetry.model import SERVER, TelemetrySpan, new_span, new_trace, root_of, trace_of

AddSpan = Callable[[TelemetrySpan], None]


class OperationSpans:
    """Only the route's template is told: a path may hold a number that somebody phoned from."""

    def __init__(self, app: ASGIApp, add: AddSpan) -> None:
        self._app = app
        self._add = add

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        begin, status = time.time_ns(), 500

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            self._add(_span(scope, begin, time.time_ns(), status))


def _span(scope: Scope, begin: int, end: int, status: int) -> TelemetrySpan:
    route = str(getattr(scope.get("route"), "path", "unknown"))
    call_id = _call_of(scope)
    return TelemetrySpan(
        new_trace() if call_id is None else trace_of(call_id), new_span(), f"{scope['method']} {route}",
        begin, end, b"" if call_id is None else root_of(call_id), SERVER, failed=status >= 500,
        attributes={
            "http.request.method": scope["method"], "http.route": route,
            "http.response.status_code": status,
        },
    )  # fmt: skip


def _call_of(scope: Scope) -> UUID | None:
    told = scope.get("path_params", {}).get("call_id")
    try:
        return told if isinstance(told, UUID) else UUID(str(told))
    except ValueError:
        return None
