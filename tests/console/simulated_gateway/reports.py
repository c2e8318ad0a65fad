"""Reports, with their columns and without rows."""

from __future__ import annotations

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, nothing
from tests.console.simulated_gateway.edge import SimulatedEdge

QUEUES: Json = {
    "report": "queues", "from": "2026-11-23T00:00:00Z", "to": "2026-12-01T00:00:00Z", "interval": "day",
    "time_zone": "UTC", "columns": ["interval_start", "queue", "offered"], "units": {"offered": "count"},
    "rows": [], "total": {}, "next": "",
}  # fmt: skip


class SimulatedReports(SimulatedEdge):
    """Nothing to count yet."""

    def routes(self) -> list[web.AbstractRouteDef]:
        return [*super().routes(), web.get("/api/reports/queues", nothing(QUEUES))]
