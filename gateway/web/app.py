"""The FastAPI application, put together from the rooms' routers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.room import Health
from core.routes import RoomRouter, add_routes
from gateway.telemetry.operations import AddSpan, OperationSpans
from gateway.web import document, health, pages, problems, ready
from gateway.web.gate import AccessGate
from gateway.web.guard import RequestGuard, content_security_policy
from gateway.web.insiders import InternalReaders
from gateway.web.text import whole_text


@dataclass(frozen=True, slots=True)
class WebParts:
    """What the web is made of: routers below `/api`, the built console, health, the gate before every route,
    who may read health's details, where sockets may go, whether new calls are kept away, and who takes spans.
    """

    routers: Sequence[APIRouter]
    dist: Path
    health: Callable[[], Sequence[Health]]
    gate: AccessGate
    insiders: InternalReaders = field(default_factory=InternalReaders)
    sip_ws_url: str = ""
    mqtt_ws_url: str = ""
    draining: ready.Draining = ready.never
    spans: AddSpan | None = None


def create(parts: WebParts) -> FastAPI:
    """Raises `RightsIncomplete` for a route that is missing from the table of rights."""
    app = FastAPI(
        title="Songhua",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(parts.gate.admit), Depends(whole_text)],
    )
    problems.install(app)
    document.install(app)
    add_routes(app.router, _figures(parts.health, parts.insiders, app.openapi))
    add_routes(app.router, _probes(parts.health, parts.draining))
    for router in parts.routers:
        add_routes(app.router, router, "/api")
    pages.install(app, parts.dist)
    parts.gate.check(app)
    if parts.spans is not None:
        app.add_middleware(OperationSpans, add=parts.spans)
    app.add_middleware(RequestGuard, csp=content_security_policy(parts.sip_ws_url, parts.mqtt_ws_url))
    return app


def _probes(parts: Callable[[], Sequence[Health]], draining: ready.Draining) -> APIRouter:
    routes = RoomRouter(tags=["health"])

    @routes.get("/livez", include_in_schema=False)
    async def livez() -> Response:
        return ready.live()

    @routes.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        return ready.ready(parts(), "centre", draining)

    return routes


def _figures(
    parts: Callable[[], Sequence[Health]], insiders: InternalReaders, contract: Callable[[], dict[str, Any]]
) -> APIRouter:
    routes = RoomRouter(tags=["health"])

    @routes.get("/api/health", description=health.health.__doc__)
    async def api_health(request: Request) -> Response:
        return health.health(parts, details=await insiders.admits(request))

    @routes.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        await insiders.require(request)
        return health.metrics()

    @routes.get("/api/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> Response:
        await insiders.require(request)
        return JSONResponse(contract())

    return routes
