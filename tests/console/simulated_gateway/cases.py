"""Cases, their dispatches and their acceptance."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, none_of, now, one_of, problem
from tests.console.simulated_gateway.catalogue import BESIDES, CATEGORIES, DISTRICTS, FIELDS, category
from tests.console.simulated_gateway.edge import SimulatedEdge

DEPARTMENTS = {
    "drainage": ("城镇排水主管部门", "Urban drainage authority"),
    "district-230103": ("南岗区城市管理部门", "City management of Nangang District"),
}
WITH_CONDITIONS = "P0103"
CONDITIONS = (
    ("缺失、移位", "missing or shifted", "2紧急工作时", 2.0),
    ("破损超过25平方厘米", "broken over more than 25 cm²", "4工作时", 6.0),
    ("异响", "rattling", "2工作日", 48.0),
)
CLOSINGS = (
    ("restored", "问题已处置，现场恢复原状", "handled, the place is as it should be"),
    ("gone", "现场核实，问题已不存在", "checked on site, the problem is gone"),
)
MOST_SHOWN = 200
"""Cases in a snapshot, the newest."""


class SimulatedCases(SimulatedEdge):
    """`cases` by their ids, in the order in which they were filed; `letters` of orders by their cases."""

    def __init__(self) -> None:
        super().__init__()
        self.cases: dict[str, Json] = {}
        self.letters: dict[str, list[Json]] = {}

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/cases", self._list_cases),
            web.get("/api/cases/positions", none_of("positions")),
            web.get("/api/cases/near", none_of("cases")),
            web.get("/api/calls/{call_id}/open-cases", none_of("cases")),
            web.get("/api/cases/expected", self._expected),
            web.get("/api/departments", self._departments),
            web.post("/api/cases/{case_id}/department", self._choose_department),
            web.get("/api/cases/{case_id}", self._get_case),
            web.post("/api/cases/{case_id}/dispatch", self._dispatch),
            web.get("/api/cases/{case_id}/timeline", self._case_timeline),
            web.post("/api/cases/paper", self._paper_case),
            web.post("/api/cases/superior", self._superior_case),
            web.get("/api/cases/superior/{case_id}/attachments", self._letters_of),
            web.post("/api/cases/superior/{case_id}/attachments", self._bring_letter),
            web.post("/api/cases/{case_id}/{act:verify|close|reopen|reopen_closed}", self._case_act),
            web.get("/api/catalogue", self._catalogue),
        ]

    def state(self) -> Json:
        return super().state() | {"cases": list(self.cases.values())[-MOST_SHOWN:]}

    # What a test lets happen ---------------------------------------------------------------------

    async def stepped(self, case_id: str, step: str, *, note: str | None = None) -> None:
        """The unit said something about the case's newest dispatch."""
        case = self.cases[case_id]
        dispatch = case["dispatches"][-1]
        dispatch |= {"step": step, "note": note, "at": now()}
        await self.tell("cases.dispatch_changed", call_id=None, confidential=False, dispatch=dispatch)
        if step == "done":
            case["state"] = "done"
            await self._changed(case, "done")

    # What the pages ask for ----------------------------------------------------------------------

    async def _list_cases(self, request: web.Request) -> web.Response:
        wanted, words = request.query.getall("state", []), request.query.get("q", "")
        found = [
            case
            for case in self.cases.values()
            if (not wanted or case["state"] in wanted)
            and words in f"{case['number']} {case['description']}"
            and ("deadline" not in request.query or _deadline_state(case) == request.query["deadline"])
        ]
        begin, limit = int(request.query.get("cursor", 0)), int(request.query.get("limit", 200))
        end = begin + limit
        states = {state: sum(case["state"] == state for case in found) for state in ("filed", "done")}
        answer = {"cases": found[begin:end], "next": str(end) if len(found) > end else None}
        return web.json_response(answer | {"counts": {"state": states, "urgency": {}, "source": {}}})

    async def _case_timeline(self, request: web.Request) -> web.Response:
        case = self.cases[request.match_info["case_id"]]
        names = ("call_id", "draft_id", "dispatch_id", "unit_id", "photo_id", "article_id")
        blank = dict.fromkeys((*names, "lon", "lat", "accuracy_m"))
        filed = {"kind": "act", "at": case["filed_at"], "by": case["filed_by"], "act": "file", "words": ""}
        call = {"kind": "call", "at": case["filed_at"], "by": "li.na", "act": "answered", "words": ""}
        heard: Json = {"recordings": [], "transcript": False}
        known = self.ledger.records
        calls = [
            blank | call | heard | {"call_id": one} | ({"recordings": [f"{one}-r"]} if one in known else {})
            for one in case["call_ids"]
        ]
        return web.json_response({"entries": [blank | filed | heard, *calls]})

    async def _paper_case(self, request: web.Request) -> web.Response:
        body = await request.json()
        values = dict.fromkeys((*FIELDS, *BESIDES)) | body["fields"]
        case = self.case_of(values, "", len(self.cases) + 1)
        taken = {name: body[name] for name in ("taken_at", "taken_by")}
        written = {"source": "paper", "call_ids": [], **taken}
        self.cases[case["case_id"]] = case | written
        return self.once(body, case | written)

    async def _superior_case(self, request: web.Request) -> web.Response:
        body = await request.json()
        values = dict.fromkeys((*FIELDS, *BESIDES)) | body["fields"]
        case = self.case_of(values, "", len(self.cases) + 1)
        order = {name: body[name] for name in ("ordered_by", "reference", "due_at")}
        deadline = deadline_of(5) | {
            "due_at": body["due_at"], "decided_by": "superior",
            "outside": {"due_at": body["due_at"], "set_by": "superior", "reference": body["reference"]},
        }  # fmt: skip
        case |= {"source": "superior", "call_ids": [], "ordered": order, "deadline": deadline}
        self.cases[case["case_id"]] = case
        return self.once(body, case)

    async def _letters_of(self, request: web.Request) -> web.Response:
        return web.json_response({"attachments": self.letters.get(request.match_info["case_id"], [])})

    async def _bring_letter(self, request: web.Request) -> web.Response:
        data = await request.read()
        if not data.startswith(b"%PDF-"):
            return problem(422, "this is no letter that can be kept")
        user = self.user_of(request)
        letter = {
            "attachment_id": request.query["attachment_id"], "name": request.query["name"],
            "kind": "application/pdf", "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
            "added_at": now(), "added_by": user["id"] if user else "", "added_by_name": "孙丽",
        }  # fmt: skip
        self.letters.setdefault(request.match_info["case_id"], []).append(letter)
        return web.json_response(letter, status=201)

    async def _get_case(self, request: web.Request) -> web.Response:
        return one_of(self.cases.values(), "case_id", request.match_info["case_id"])

    async def _dispatch(self, request: web.Request) -> web.Response:
        body = await request.json()
        case = self.cases[request.match_info["case_id"]]
        dispatch = {
            "dispatch_id": str(uuid4()),
            "case_id": case["case_id"],
            "unit_id": body["unit_id"],
            "step": "queued",
            "reason": None,
            "note": None,
            "at": now(),
        }
        case["dispatches"].append(dispatch)
        await self.tell("cases.dispatch_changed", call_id=None, confidential=False, dispatch=dispatch)
        return self.once(body, dispatch)

    async def _case_act(self, request: web.Request) -> web.Response:
        body = await request.json()
        user = self.user_of(request)
        reopens = request.match_info["act"] == "reopen_closed"
        may = {"acceptor", "supervisor"} if reopens else {"acceptor"}
        if user is None or may.isdisjoint(user["roles"]):
            return problem(403, "only an acceptor may")
        case = self.cases[request.match_info["case_id"]]
        leads = {"verify": "verified", "close": "closed", "reopen": "filed", "reopen_closed": "filed"}
        case["state"] = leads[request.match_info["act"]]
        case["acceptor"] = user["id"] if case["state"] != "filed" else None
        case["updated_at"] = now()
        await self._changed(case, request.match_info["act"])
        return self.once(body, case)

    async def _expected(self, request: web.Request) -> web.Response:
        wanted = request.query["category"]
        chosen = request.query.get("condition") or CONDITIONS[0][0]
        zh, en, limit, hours = next(one for one in CONDITIONS if one[0] == chosen)
        deadline = deadline_of(hours, limit=limit, assumed=not request.query.get("condition"))
        deadline |= {"condition_zh": zh, "condition_en": en}
        found = deadline if wanted == category(WITH_CONDITIONS) else None
        host = responsible_of("drainage")
        return web.json_response({"deadline": found, "responsible": host, "area_open": found is not None})

    async def _departments(self, _request: web.Request) -> web.Response:
        rows = [
            {"id": name, "name_zh": zh, "name_en": en, "level": "city", "place": ""}
            for name, (zh, en) in DEPARTMENTS.items()
        ]
        return web.json_response({"departments": rows})

    async def _choose_department(self, request: web.Request) -> web.Response:
        body = await request.json()
        case = self.cases[request.match_info["case_id"]]
        case["responsible"] = responsible_of(body["department_id"]) | {"why": "", "chosen_by": "sun.li"}
        await self._changed(case, "department")
        return self.once(body, case)

    async def _catalogue(self, _request: web.Request) -> web.Response:
        rows = [
            {
                "id": category(code),
                "code": code,
                "kind": kind,
                "conditions": [
                    {"condition_zh": zh, "condition_en": en, "limit": limit}
                    for zh, en, limit, _hours in (CONDITIONS if code == WITH_CONDITIONS else ())
                ],
                "name_zh": zh,
                "name_en": en,
                "major_zh": "公用设施" if kind == "part" else "市容环境",
                "major_en": "Public utilities" if kind == "part" else "City appearance",
            }
            for code, kind, zh, en in CATEGORIES
        ]
        districts = [{"code": code, "name_zh": zh, "name_en": en} for code, zh, en in DISTRICTS]
        closings = [{"id": name, "condition_zh": zh, "condition_en": en} for name, zh, en in CLOSINGS]
        return web.json_response({"rows": rows, "districts": districts, "closings": closings})

    # The shapes of things ------------------------------------------------------------------------

    async def _changed(self, case: Json, act: str) -> None:
        await self.tell("cases.case_changed", call_id=None, confidential=False, case=case, act=act, actor="")

    def case_of(self, values: Json, call_id: str | None, count: int) -> Json:
        names = {category(code): (zh, en) for code, _kind, zh, en in CATEGORIES}
        districts = {code: zh for code, zh, _en in DISTRICTS}
        zh, en = names[values["category"]]
        return {
            "case_id": str(uuid4()),
            "number": f"230103-20261125-{count:04d}",
            "spoken_code": f"{4270 + count}",
            "state": "filed",
            "category_name": zh,
            "category_name_en": en,
            "district_name": districts.get(values["district"] or ""),
            **{key: values.get(key) for key in (*FIELDS, *BESIDES)},
            "confidential": False,
            "acceptor": None,
            "call_ids": [call_id] if call_id else [],
            "filed_at": now(),
            "filed_by": "li.na",
            "updated_at": now(),
            "dispatches": [],
        }


def deadline_of(hours: float, *, limit: str = "4工作时", assumed: bool = False, **changes: object) -> Json:
    """A clock that is due in so many hours."""
    at = datetime.now(UTC)
    due = at + timedelta(hours=hours)
    return {
        "stage": "handling",
        "started_at": at.isoformat(),
        "due_at": due.isoformat(),
        "warn_at": (at + timedelta(hours=hours * 0.75)).isoformat(),
        "provisional": False,
        "limit": limit,
        "condition_zh": "缺失、移位",
        "condition_en": "missing or shifted",
        "assumed": assumed,
        "state": "overdue" if hours < 0 else "running",
        "stopped_at": None,
        "was_overdue": hours < 0,
        **changes,
    }


def responsible_of(department: str) -> Json:
    zh, en = DEPARTMENTS[department]
    return {
        "host": {"id": department, "name_zh": zh, "name_en": en},
        "assists": [],
        "why": "部件先属主后属地",
        "row": 3,
        "chosen_by": None,
    }


def _deadline_state(case: Json) -> str:
    deadline = case.get("deadline")
    return "none" if deadline is None else str(deadline["state"])
