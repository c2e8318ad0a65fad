"""The FastAPI application, put together from the rooms' routers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI
from starlette.responses import Response

from core.room import Health
from gateway.web import health, pages, problems
from gateway.web.gate import Gate
from gateway.web.guard import Guard, content_security_policy


@dataclass(frozen=True, slots=True)
class WebParts:
    """What the web is made of: routers below `/api`, the built console, health, the gate before every route,
    and where sockets may go.
    """

    routers: Sequence[APIRouter]
    dist: Path
    health: Callable[[], Sequence[Health]]
    gate: Gate
    sip_ws_url: str = ""
    mqtt_ws_url: str = ""


def create(parts: WebParts) -> FastAPI:
    """Raises `RightsIncomplete` for a route that is missing from the table of rights."""
    app = FastAPI(
        title="Songhua",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        dependencies=[Depends(parts.gate.admit)],
    )
    problems.install(app)
    app.include_router(_health(parts.health))
    for router in parts.routers:
        app.include_router(router, prefix="/api")
    pages.install(app, parts.dist)
    parts.gate.check(app)
    app.add_middleware(Guard, csp=content_security_policy(parts.sip_ws_url, parts.mqtt_ws_url))
    return app


def _health(parts: Callable[[], Sequence[Health]]) -> APIRouter:
    routes = APIRouter(tags=["health"])

    @routes.get("/api/health", description=health.health.__doc__)
    async def api_health() -> Response:
        return health.health(parts)

    @routes.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return health.metrics()

    return routes
