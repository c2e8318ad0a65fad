"""The operating mode: what is asked for alone holds at once, the rest waits."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, now
from tests.console.simulated_gateway.edge import SimulatedEdge

_NONE = {"danger": None, "danger_near": None, "repeat": None, "abandoned": None}
CHANGES: Json = {
    "peace": {"greeting": "", "priorities": _NONE, "roles": {}},
    "emergency": {
        "greeting": "wait-long", "priorities": _NONE | {"danger": 19}, "roles": {"agent": ["dispatcher"]},
    },
    "wartime": {"greeting": "wait-long", "priorities": _NONE | {"repeat": 0}, "roles": {}},
}  # fmt: skip


class SimulatedMode(SimulatedEdge):
    def __init__(self) -> None:
        super().__init__()
        self.mode: Json = {
            "mode": "peace", "before": "peace", "version": 0, "why": "", "by": "", "since": now(),
            "alone": False, "confirmed_by": "", "confirmed_at": None, "overdue": False,
            "incident_id": None, "greeting": "", "roles": {},
        }  # fmt: skip

    def state(self) -> Json:
        return super().state() | {"mode": self.mode}

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/mode", self._mode_now),
            web.post("/api/mode/request", self._mode_asked),
        ]

    async def _mode_now(self, _request: web.Request) -> web.Response:
        return web.json_response({"now": self.mode, "versions": [], "changes": CHANGES})

    async def _mode_asked(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        if body["alone"]:
            told = {name: body[name] for name in ("mode", "why", "alone", "incident_id")}
            user = self.user_of(request) or {}
            self.mode |= told | {
                "version": self.mode["version"] + 1,
                "by": user.get("id", ""),
                "since": now(),
            }
        state = "done" if body["alone"] else "waiting"
        return self.once(body, {"number": 7, "state": state, "until": now(), "mode": self.mode})
