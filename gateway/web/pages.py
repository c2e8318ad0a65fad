"""The built pages of the console: the desk at `/desk/`, the unit's at `/unit/`, the public's at `/citizen/`.

The desk's router keeps each view at a path of its own below `/desk/`, so such a path is answered with the
desk's page. A path below `/desk/assets/` is a file or nothing: a page in place of a missing script would be
read as one.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from core.routes import RoomRouter, add_routes

PAGES = ("desk", "unit", "citizen")
ROUTED = "desk"
FILES = "assets"
"""The folder of what the build names by its content."""


class RoutedPage(StaticFiles):
    """The files of a page with a router: a path that is no file gets `index.html`, except below `assets/`."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            return await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or Path(path).parts[:1] == (FILES,):
                raise
        return await super().get_response("index.html", scope)


def install(app: FastAPI, dist: Path) -> None:
    """Mount the pages that are built; say how to build one that is not."""
    for page in PAGES:
        if (dist / page / "index.html").is_file():
            files = RoutedPage if page == ROUTED else StaticFiles
            app.mount(f"/{page}", files(directory=dist / page, html=True), name=page)
        else:
            add_routes(app.router, _missing(page))

    @app.get("/", include_in_schema=False)
    async def root() -> Response:
        return RedirectResponse("/desk/")


def _missing(page: str) -> APIRouter:
    routes = RoomRouter()

    @routes.get(f"/{page}/", include_in_schema=False)
    async def missing() -> Response:
        return PlainTextResponse(
            f"The page {page} is not built. Run scripts/setup --only console.\n", status_code=503
        )

    return routes
