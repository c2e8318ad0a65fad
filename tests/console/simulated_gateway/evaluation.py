"""The evaluation: figures of a quarter, and the cases that a test puts behind them."""

from __future__ import annotations

from datetime import date

from aiohttp import web

from cases.evaluation.http import evaluation_body
from cases.evaluation.model import COUNTS, rates, score
from cases.evaluation.service import EvaluationResult, EvaluationRow
from cases.evaluation.settings import EvaluationSettings
from tests.console.simulated_gateway.answers import Json, problem
from tests.console.simulated_gateway.edge import SimulatedEdge

DEPARTMENTS = (
    ("district-230110", "香坊区城市管理部门", "City management of Xiangfang District", 420),
    ("district-230103", "南岗区城市管理部门", "City management of Nangang District", 365),
    ("drainage", "城镇排水主管部门", "Urban drainage authority", 96),
    ("", "", "", 3),
)


def row_of(key: str, name_zh: str, name_en: str, filed: int) -> EvaluationRow:
    """As the service makes it, from round shares of the cases that were filed."""
    overdue, handled = filed // 12, filed - filed // 9
    counts = dict.fromkeys(COUNTS, 0) | {
        "received": filed + filed // 20, "filed": filed, "declined": filed // 20, "standing": filed,
        "dispatched": filed - 1, "dispatched_in_time": filed - filed // 8, "due": handled + overdue // 2,
        "handled": handled, "handled_in_time": handled - overdue // 2, "overdue": overdue,
        "closed": handled - filed // 30, "closed_in_time": handled - overdue, "ever_done": handled,
        "reworked": filed // 40, "returned": filed // 25, "repeated": filed // 15,
        "checked": handled, "passed": handled - filed // 40, "handling_s": handled * 19_000,
    }  # fmt: skip
    found = rates(counts)
    return EvaluationRow(key, name_zh, name_en, counts, found, score(found, EvaluationSettings().weights))


class SimulatedEvaluation(SimulatedEdge):
    """`behind` are the cases of every figure, `asked_behind` the questions for them."""

    def __init__(self) -> None:
        super().__init__()
        self.behind: list[Json] = []
        self.hidden = 0
        self.asked_behind: list[Json] = []

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/evaluation", self._evaluated),
            web.get("/api/evaluation/cases", self._behind),
            web.get("/api/evaluation/hotspots", self._hotspots),
            web.get("/api/evaluation/repeats", self._repeats),
        ]

    async def _evaluated(self, request: web.Request) -> web.Response:
        by, since, until = (request.query[name] for name in ("by", "from", "to"))
        if since >= until:
            return problem(422, "the time ends before it begins", kind="bad-evaluation")
        if by == "day":
            rows = [row_of(f"202611{day:02}", "", "", 20 + 7 * day % 23) for day in range(1, 31)]
        else:
            rows = [row_of(*one) for one in DEPARTMENTS]
        total = row_of("", "", "", sum(one.counts["filed"] for one in rows))
        days = (date.fromisoformat(since), date.fromisoformat(until))
        return web.json_response(evaluation_body(EvaluationResult(*days, by, rows, total)))

    async def _behind(self, request: web.Request) -> web.Response:
        self.asked_behind.append(dict(request.query))
        first = 0 if not request.query.get("after") else 2
        page = self.behind[first : first + 2]
        following = "2-x" if len(self.behind) > first + 2 else None
        return web.json_response({
            "count": len(self.behind) + self.hidden, "cases": page, "declined": [],
            "hidden": 0 if following else self.hidden, "next": following,
        })  # fmt: skip

    async def _hotspots(self, request: web.Request) -> web.Response:
        hot = {
            "key": "230110001", "name_zh": "香坊大街街道", "name_en": "香坊大街街道", "now": 23, "usual": 6.5,
            "ratio": 3.5, "surprise": 6.1,
        }  # fmt: skip
        return web.json_response({"hotspots": [hot] if request.query["by"] == "street" else []})

    async def _repeats(self, _request: web.Request) -> web.Response:
        first = [{"first_id": one["case_id"], "first": one, "repeats": 3} for one in self.behind[:1]]
        return web.json_response({"complaints": first})
