"""What a supervisor's pages ask for, where nothing has happened yet."""

from __future__ import annotations

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, nothing
from tests.console.simulated_gateway.edge import SimulatedEdge

QUIET: dict[str, Json] = {
    "/agents/reasons": {"reasons": [], "own": []},
    "/queues/waiting": {"waiting": []},
    "/callbacks": {"callbacks": [], "total": 0},
    "/ivr/prompts": {"prompts": []},
    "/nuisance": {"numbers": [], "by_settings": []},
    "/ledger/calls": {"calls": [], "next": None},
    "/ledger/holds": {"holds": []},
}

EVERY_PART_WORKS: Json = {"state": "up", "parts": []}


class SimulatedSupervision(SimulatedEdge):
    """A quiet shift. `health` is what `/api/health` says."""

    health: Json = EVERY_PART_WORKS

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            *(web.get(f"/api{path}", nothing(answer)) for path, answer in QUIET.items()),
            web.get("/api/health", self._health),
        ]

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response(self.health)

    def state(self) -> Json:
        return super().state() | {"board": None}
