"""Warnings as pages see them: two people release, the banner shows what runs."""

from __future__ import annotations

from uuid import uuid4

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, now, problem
from tests.console.simulated_gateway.edge import SimulatedEdge


class SimulatedWarnings(SimulatedEdge):
    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[Json] = []

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/warnings", self._all_warnings),
            web.get("/api/warnings/running", self._running_warnings),
            web.get("/api/warnings/areas", self._warning_areas),
            web.get("/api/warnings/{warning_id}", self._warning),
            web.post("/api/warnings", self._draft_warning),
            web.post("/api/warnings/{warning_id}/release", self._release_warning),
            web.post("/api/warnings/{warning_id}/cancel", self._cancel_warning),
        ]

    # What a test lets happen ---------------------------------------------------------------------

    def warn(self, headline: str, area: Json, *, severity: str = "Severe", status: str = "Actual") -> str:
        """A warning that runs in an area of polygons, circles and codes."""
        warning_id, later = str(uuid4()), "2099-01-01T00:00:00Z"
        self.warnings.append({
            "warning_id": warning_id, "identifier": "1", "sender": "centre@city.example", "sent": now(),
            "status": status, "msg_type": "Alert", "severity": severity, "headline": headline,
            "text": f"{headline}。请留在室内。", "areas": [{"description": "道里区", **area}],
            "origin": "drafted", "signed": False, "channels": ["desk"], "state": "running", "people": 2,
            "made_by": "zhao.qiang", "made_at": now(), "first_by": "qian.yi", "first_at": now(),
            "released_by": "zhou.er", "released_at": now(), "expires": later, "ends_at": later,
            "over_by": "", "over_at": None, "over_why": "",
        })  # fmt: skip
        return warning_id

    # What the pages ask for ----------------------------------------------------------------------

    async def _warning_areas(self, _request: web.Request) -> web.Response:
        shown = [
            {
                "warning_id": one["warning_id"], "status": one["status"], "severity": one["severity"],
                "mark": "" if one["status"] == "Actual" else "【演习 EXERCISE】",
                "headline": one["headline"], "headline_en": one["headline"], "until": one["expires"],
                **{kind: one["areas"][0].get(kind, []) for kind in ("polygons", "circles", "codes")},
                "coarse": False, "partly": False,
            }
            for one in self.warnings
            if one["state"] == "running"
        ]  # fmt: skip
        return web.json_response({"warnings": shown, "more": False})

    async def _all_warnings(self, _request: web.Request) -> web.Response:
        return web.json_response({"warnings": self.warnings})

    async def _running_warnings(self, _request: web.Request) -> web.Response:
        running = [
            {
                "warning_id": one["warning_id"],
                "mark": "" if one["status"] == "Actual" else "【演习 EXERCISE】",
                "msg_type": one["msg_type"], "severity": one["severity"], "headline": one["headline"],
                "headline_en": one["headline"], "text": one["text"], "text_en": one["text"],
                "areas": ["道里区"], "since": one["released_at"], "until": one["expires"],
            }
            for one in self.warnings
            if one["state"] == "running"
        ]  # fmt: skip
        return web.json_response({"warnings": running})

    async def _warning(self, request: web.Request) -> web.Response:
        one = self._warning_of(request)
        over = one["state"] in {"running", "cancelled"}
        channels = [channel for channel in one["channels"] if channel not in {"citizens", "desk"}]
        counts = [
            {
                "channel": channel, "total": 3, "waiting": 1, "reached": 2, "acknowledged": 1, "refused": 0,
                "failed": 0, "dropped": 0,
            }
            for channel in channels
        ]  # fmt: skip
        audience = {} if over else dict.fromkeys(channels, 3)
        return web.json_response({"warning": one, "audience": audience, "counts": counts if over else []})

    async def _draft_warning(self, request: web.Request) -> web.Response:
        body = await request.json()
        draft = body["draft"]
        people = 2 if draft["status"] == "Actual" else 1
        mark = "" if people == 2 else "【演习 EXERCISE】"
        made = {
            "warning_id": body["op_id"], "identifier": "23010000000000_20261201080000_0",
            "sender": "centre@city.example", "sent": now(), "status": draft["status"], "msg_type": "Alert",
            "severity": draft["severity"], "headline": draft["headline"],
            "text": f"{mark}{draft['headline']}。{draft['description']}", "areas": draft["areas"],
            "origin": "drafted", "signed": False, "channels": draft["channels"], "state": "waiting",
            "people": people, "made_by": self._user(request), "made_at": now(), "first_by": "",
            "first_at": None, "released_by": "", "released_at": None, "expires": draft["expires"],
            "ends_at": None, "over_by": "", "over_at": None, "over_why": "",
        }  # fmt: skip
        self.warnings.insert(0, made)
        return self.once(body, made)

    async def _release_warning(self, request: web.Request) -> web.Response:
        body, one, by = await request.json(), self._warning_of(request), self._user(request)
        if one["people"] == 2 and by == one["made_by"]:
            return problem(403, "drafter", kind="drafter-cannot-release")
        if by == one["first_by"]:
            return problem(403, "released by you", kind="released-by-you")
        if one["people"] == 2 and not one["first_by"]:
            one |= {"state": "half_released", "first_by": by, "first_at": now()}
        else:
            one |= {"state": "running", "released_by": by, "released_at": now()}
        return self.once(body, dict(one))

    async def _cancel_warning(self, request: web.Request) -> web.Response:
        body, one = await request.json(), self._warning_of(request)
        one |= {
            "state": "cancelled", "over_by": self._user(request), "over_at": now(), "over_why": body["why"],
        }  # fmt: skip
        return self.once(body, dict(one))

    def _warning_of(self, request: web.Request) -> Json:
        return next(one for one in self.warnings if one["warning_id"] == request.match_info["warning_id"])

    def _user(self, request: web.Request) -> str:
        return str((self.user_of(request) or {}).get("id", ""))
