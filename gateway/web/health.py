"""`/api/health` for people and load balancers, `/metrics` for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from core.metrics import REGISTRY
from core.room import Health

Parts = Callable[[], Sequence[Health]]


def health(parts: Parts, *, details: bool) -> Response:
    """Always 200 while the service answers: a degraded part does not stop a call. Which part that is, and
    why, is told to whoever is signed in, on this machine or otherwise named: `docs/limits.md`.
    """
    if not details:
        return JSONResponse({"state": "up"})
    seen = parts()
    state = "up" if all(one.state == "up" for one in seen) else "degraded"
    body: dict[str, Any] = {
        "state": state,
        "parts": [{"part": one.part, "state": one.state, "why": one.why} for one in seen],
    }
    return JSONResponse(body)


def metrics() -> Response:
    """The registry in Prometheus's text format."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
