"""The built pages of the console: the desk at `/desk/`, the unit's page at `/unit/`."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

PAGES = ("desk", "unit")


def install(app: FastAPI, dist: Path) -> None:
    """Mount the pages that are built; say how to build one that is not."""
    for page in PAGES:
        if (dist / page / "index.html").is_file():
            app.mount(f"/{page}", StaticFiles(directory=dist / page, html=True), name=page)
        else:
            app.include_router(_missing(page))

    @app.get("/", include_in_schema=False)
    async def root() -> Response:
        return RedirectResponse("/desk/")


def _missing(page: str) -> APIRouter:
    routes = APIRouter()

    @routes.get(f"/{page}/", include_in_schema=False)
    async def missing() -> Response:
        return PlainTextResponse(
            f"The page {page} is not built. Run scripts/setup --only console.\n", status_code=503
        )

    return routes
