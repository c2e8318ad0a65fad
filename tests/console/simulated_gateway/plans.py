"""Emergency plans of a case, and what is near it."""

from __future__ import annotations

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, now
from tests.console.simulated_gateway.edge import SimulatedEdge

_STEPS: tuple[tuple[str, str, str, str, bool, list[str]], ...] = (
    ("look", "camera", "看现场：摄像头抓拍", "Look at the scene", False, []),
    ("crew", "dispatch", "派市政抢修班组", "Send the repair crew", True, []),
    ("duty", "call", "电话告知管线单位", "Call the pipe operator", True, ["look"]),
    ("fence", "tick", "确认现场已围挡", "The place is fenced", False, ["crew"]),
)
_AFTER = {"confirm": "done", "skip": "skipped", "settle": "done"}


class SimulatedPlans(SimulatedEdge):
    """`plan_results` are states that steps take instead of done; `near_things` lie near every case."""

    def __init__(self) -> None:
        super().__init__()
        self.plan_runs: list[Json] = []
        self.plans_offered: list[Json] = []
        self.plan_results: dict[str, str] = {}
        self.near_things: list[Json] = []

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/cases/{case_id}/plans", self._plans_of),
            web.post("/api/cases/{case_id}/plans", self._plan_started),
            web.post("/api/plan-runs/{run_id}/steps/{step_id}/{act}", self._step_acted),
            web.get("/api/cases/{case_id}/near", self._near_case),
        ]

    def offer_plan(self) -> None:
        self.plans_offered.append({
            "plan_id": "collapse", "zh": "路面塌陷", "en": "Road collapse", "example": True, "fits": True,
            "steps": len(_STEPS),
        })  # fmt: skip

    async def _plans_of(self, _request: web.Request) -> web.Response:
        return web.json_response({"runs": self.plan_runs, "offered": self.plans_offered})

    async def _plan_started(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.plans_offered.clear()
        self.plan_runs.append({
            "run_id": body["op_id"], "case_id": request.match_info["case_id"], "plan_id": body["plan_id"],
            "zh": "路面塌陷", "en": "Road collapse", "example": True, "over": False,
            "started_by": (self.user_of(request) or {}).get("id", ""), "started_at": now(),
            "steps": [
                {
                    "id": name, "kind": kind, "zh": zh, "en": en, "say": "", "target": "", "asks": asks,
                    "waits": list(waits), "state": "open", "words": "", "by": "", "at": None,
                }
                for name, kind, zh, en, asks, waits in _STEPS
            ],
        })  # fmt: skip
        return self.once(body, self.plan_runs[-1])

    async def _step_acted(self, request: web.Request) -> web.Response:
        body, name, act = await request.json(), request.match_info["step_id"], request.match_info["act"]
        (run,) = self.plan_runs
        step = next(one for one in run["steps"] if one["id"] == name)
        step |= {
            "state": self.plan_results.pop(name, _AFTER[act]), "words": body["words"] or body["target"],
            "by": (self.user_of(request) or {}).get("id", ""), "at": now(),
        }  # fmt: skip
        for one in run["steps"]:
            if step["state"] in {"done", "skipped"} and name in one["waits"]:
                one["waits"].remove(name)
        return self.once(body, run)

    async def _near_case(self, _request: web.Request) -> web.Response:
        return web.json_response({"things": self.near_things, "placed": True, "invented": False})
