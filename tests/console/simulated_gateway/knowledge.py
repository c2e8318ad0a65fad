"""The knowledge base, which has no article yet."""

from __future__ import annotations

from aiohttp import web

from tests.console.simulated_gateway.answers import none_of
from tests.console.simulated_gateway.edge import SimulatedEdge


class SimulatedKnowledge(SimulatedEdge):
    """No article, and so none to suggest."""

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/calls/{call_id}/suggestions", self._suggestions),
            web.get("/api/calls/{call_id}/articles", none_of("articles")),
        ]

    async def _suggestions(self, request: web.Request) -> web.Response:
        return web.json_response({"call_id": request.match_info["call_id"], "suggestions": []})
