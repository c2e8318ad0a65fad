"""The evaluation: figures of a quarter, and the cases that a test puts behind them."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from aiohttp import web

from cases.evaluation.http import evaluation_body
from cases.evaluation.model import COUNTS, rates, score
from cases.evaluation.service import EvaluationResult, EvaluationRow
from cases.evaluation.settings import EvaluationSettings
from cases.evaluation.verifications.http import task_evaluation_body
from cases.evaluation.verifications.model import TASK_COUNTS, TASK_FIGURES, TaskFigures
from cases.evaluation.verifications.service import TaskEvaluation
from tests.console.simulated_gateway.answers import Json, now, problem
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


def task_figures(key: str, name: str, asked: int) -> TaskFigures:
    """As the service makes it, from round shares of the tasks that were asked."""
    answered, late = asked - asked // 4, asked // 6
    counts = dict.fromkeys(TASK_COUNTS, 0) | {
        "asked": asked, "due": asked - asked // 12, "answered": answered, "in_time": answered - late,
        "late": late, "unanswered": asked - asked // 12 - answered, "declined": asked // 12,
        "confirmed": answered - 1 if answered else 0, "not_found": 1 if answered else 0,
    }  # fmt: skip
    found = {
        figure: counts[one.numerator] / counts[one.denominator] if counts[one.denominator] else None
        for figure, one in TASK_FIGURES.items()
    }
    return TaskFigures(key, name, counts, found, 740.0 if answered else None)


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
            web.get("/api/evaluation/verifications", self._tasks),
            web.get("/api/evaluation/verifications/tasks", self._tasks_behind),
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

    async def _tasks(self, request: web.Request) -> web.Response:
        by, kind = request.query["by"], request.query.get("kind", "all")
        keys: tuple[tuple[str, str, int], ...] = (("app:21", "一号监督员", 12), ("app:22", "二号监督员", 5))
        if by == "beat":
            keys = (("xf-1", "香坊一网格", 17),)
        rows = [task_figures(*one) for one in ((), keys)[kind != "draft"]]
        days = (date.fromisoformat(request.query["from"]), date.fromisoformat(request.query["to"]))
        total = task_figures("", "", sum(one.counts["asked"] for one in rows))
        return web.json_response(task_evaluation_body(TaskEvaluation(*days, by, kind, rows, total)))  # type: ignore[arg-type]

    async def _tasks_behind(self, request: web.Request) -> web.Response:
        self.asked_behind.append(dict(request.query))
        case = self.behind[0]
        base: Json = {
            "unit_id": "app:21", "unit_name": "一号监督员", "beat": "xf-1", "asked_at": now(),
            "due_at": now(),
        }  # fmt: skip
        answered = base | {
            "task_id": str(uuid4()), "number": "00017", "state": "answered", "answered_at": now(),
            "finding": "confirmed", "late": True, "case_id": case["case_id"], "case_number": case["number"],
            "hidden": False,
        }  # fmt: skip
        secret = base | {
            "task_id": str(uuid4()), "number": "00018", "state": "expired", "answered_at": None,
            "finding": None, "late": False, "case_id": None, "case_number": None, "hidden": True,
        }  # fmt: skip
        return web.json_response({"count": 2, "tasks": [answered, secret]})

    async def _repeats(self, _request: web.Request) -> web.Response:
        first = [{"first_id": one["case_id"], "first": one, "repeats": 3} for one in self.behind[:1]]
        return web.json_response({"complaints": first})
