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


class SimulatedSupervision(SimulatedEdge):
    """A quiet shift."""

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            *(web.get(f"/api{path}", nothing(answer)) for path, answer in QUIET.items()),
        ]

    def state(self) -> Json:
        return super().state() | {"board": None}
