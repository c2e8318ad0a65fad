"""The built pages, and what the unit's page is told before anyone signs in."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from tests.console.simulated_gateway.answers import Json
from tests.console.simulated_gateway.edge import SimulatedEdge

DIST = Path(__file__).parents[3] / "console" / "dist"


class SimulatedPages(SimulatedEdge):
    """Serves `console/dist`."""

    def __init__(self) -> None:
        super().__init__()
        self._config: Json = {}
        self.enrolments: dict[str, Json] = {}
        """By their codes, each for once."""

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/unit/config", self._unit_config),
            web.post("/api/unit/enrolment", self._enrolment),
            web.get("/desk/", self._index),
            web.get("/unit/", self._index),
            web.static("/desk/assets", DIST / "desk" / "assets"),
            web.get("/desk/{view:(?!assets/).*}", self._index),
            web.static("/unit", DIST / "unit"),
        ]

    async def _unit_config(self, _request: web.Request) -> web.Response:
        return web.json_response(self._config)

    async def _enrolment(self, request: web.Request) -> web.Response:
        issued = self.enrolments.pop((await request.json())["code"], None)
        if issued is None:
            return web.json_response({"type": "about:blank", "title": "void", "status": 404}, status=404)
        return web.json_response(issued)

    async def _index(self, request: web.Request) -> web.StreamResponse:
        """Every view of the desk is its page, as `gateway/web/pages.py` has it."""
        return web.FileResponse(DIST / request.path.split("/")[1] / "index.html")
