"""Cases in the hands of departments, as far as the desk's pages ask."""

from __future__ import annotations

from uuid import uuid4

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, now, problem
from tests.console.simulated_gateway.cases import DEPARTMENTS, SimulatedCases

WAIT = ("returned", "disputed", "extension_asked", "suspension_asked", "postponement_asked")
LEADS = {
    "approve": "handling", "refuse": "handling", "refuse_return": "sent_back", "uphold": "returned",
    "overrule": "handling", "reassign": "withdrawn", "withdraw": "withdrawn", "rework": "handling",
}  # fmt: skip


class SimulatedAssignments(SimulatedCases):
    """`assignments` by their ids; each is an item as the routes answer it. `forms` are to departments, the
    newest first.
    """

    def __init__(self) -> None:
        super().__init__()
        self.assignments: dict[str, Json] = {}
        self.forms: list[Json] = []
        self.compared: list[Json] = []

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/api/assignments", self._waiting),
            web.get("/api/workflow/assignments", self._workflow),
            web.get("/api/assignments/{assignment_id}", self._one),
            web.post("/api/assignments/{assignment_id}/{act}", self._act),
            web.get("/api/cases/{case_id}/assignments", self._of_case),
            web.get("/api/cases/{case_id}/forms", self._forms_of_case),
            web.get("/api/exchange/deliveries", self._deliveries),
            web.get("/api/exchange/reconciliations", self._reconciliations),
            web.post("/api/exchange/deliveries/{delivery_id}/again", self._form_again),
            web.post("/api/cases/{case_id}/assignments", self._give),
            *super().routes(),
        ]

    # What a test lets happen ---------------------------------------------------------------------

    def assigned(self, case_id: str, department: str, state: str, *may: str, **changes: object) -> str:
        """A department has the case; the id of the assignment. `may` are acts, with `!` for a reason."""
        known = self.cases[case_id]
        zh, en = DEPARTMENTS[department]
        one = {
            "assignment_id": str(uuid4()), "case_id": case_id, "case_number": known["number"],
            "department": {"id": department, "name_zh": zh, "name_en": en}, "part": "host",
            "must_answer": True, "state": state, "rev": 1, "since": now(), "updated_at": now(),
            "last_act": "dispatch", "last_by": "sun.li", "last_by_name": "孙丽", "asked_by": "",
            "asked_text": "", "asked_h": None, "decided_by": "", "answer": "", "photos": [], "returns": 0,
            "reworks": 0, "reminders": 0, "supervision": 0, "clock": None, **changes,
        }  # fmt: skip
        names = ("category_name", "category_name_en", "district_name", "address", "description")
        item = {
            "assignment": one,
            "case": {
                "case_id": case_id,
                "number": known["number"],
                **{name: known.get(name) for name in names},
            },
            "may": [{"action": act.rstrip("!"), "reason": act.endswith("!")} for act in may],
        }
        self.assignments[str(one["assignment_id"])] = item
        return str(one["assignment_id"])

    def sent_form(self, assignment_id: str, state: str, form: str, act: str, **changes: object) -> str:
        """The department was sent a form; the delivery's id."""
        one = self.assignments[assignment_id]["assignment"]
        delivery = {
            "delivery_id": str(uuid4()), "department_id": one["department"]["id"], "case_id": one["case_id"],
            "case_number": one["case_number"], "reference": "", "assignment_id": assignment_id,
            "form": form, "act": act,
            "state": state, "way": "webhook", "attempts": 1, "error": "", "created_at": now(),
            "expires_at": now(), "next_at": None, "ended_at": None if state == "waiting" else now(),
            **changes,
        }  # fmt: skip
        self.forms.insert(0, delivery)
        return str(delivery["delivery_id"])

    # What the pages ask for ----------------------------------------------------------------------

    async def _waiting(self, request: web.Request) -> web.Response:
        waiting = request.query.get("waiting") == "true"
        found = [
            one for one in self.assignments.values() if not waiting or one["assignment"]["state"] in WAIT
        ]
        return web.json_response({"assignments": found, "next": None})

    async def _one(self, request: web.Request) -> web.Response:
        item = self.assignments[request.match_info["assignment_id"]]
        one = item["assignment"]
        by = {"actor": "sun.li", "actor_name": "孙丽"}
        given = {"at": one["since"], **by, "act": "dispatch", "state": "waiting", "text": ""}
        asked = {"at": one["updated_at"], "actor": one["asked_by"], "actor_name": "马科长", "act": "return"}
        acts = [given, {**asked, "state": one["state"], "text": one["asked_text"]}]
        return web.json_response({**item, "acts": acts})

    async def _workflow(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {"name": "national", "version": 1, "supervision_levels": 3, "states": [], "rows": []}
        )

    async def _of_case(self, request: web.Request) -> web.Response:
        case_id = request.match_info["case_id"]
        found = [one for one in self.assignments.values() if one["assignment"]["case_id"] == case_id]
        return web.json_response({"assignments": found})

    async def _give(self, request: web.Request) -> web.Response:
        body = await request.json()
        case_id = request.match_info["case_id"]
        given = self.assigned(
            case_id, body["department_id"], "waiting", "withdraw!", "remind", part="assist",
            must_answer=body["must_answer"],
        )  # fmt: skip
        await self._told(given)
        return self.once(body, self.assignments[given])

    async def _act(self, request: web.Request) -> web.Response:
        body = await request.json()
        item = self.assignments[request.match_info["assignment_id"]]
        one, act = item["assignment"], request.match_info["act"]
        if body["rev"] != one["rev"]:
            return problem(
                409, "moved on", kind="assignment-moved-on", act=one["last_act"], by=one["last_by"],
                by_name=one["last_by_name"], at=one["updated_at"],
            )  # fmt: skip
        one |= {"state": LEADS.get(act, one["state"]), "rev": one["rev"] + 1, "last_act": act}
        one["reminders"] += act == "remind"
        one["supervision"] = body["level"] or one["supervision"]
        if act == "approve" and one["clock"]:
            one["clock"] |= {"extended_h": body["hours"]}
        if act in LEADS:
            item["may"] = [{"action": "remind", "reason": False}]
        await self._told(one["assignment_id"])
        return self.once(body, item)

    async def _told(self, assignment_id: str) -> None:
        one = self.assignments[assignment_id]["assignment"]
        await self.tell(
            "cases.assignment_changed", confidential=False, assignment=one, act=one["last_act"], actor="",
            text="", district=None,
        )  # fmt: skip

    async def _forms_of_case(self, request: web.Request) -> web.Response:
        case_id = request.match_info["case_id"]
        return web.json_response({"deliveries": [one for one in self.forms if one["case_id"] == case_id]})

    async def _deliveries(self, request: web.Request) -> web.Response:
        state, department = request.query.get("state"), request.query.get("department")
        found = [
            one
            for one in self.forms
            if state in {None, one["state"]} and department in {None, "", one["department_id"]}
        ]
        counts = {name: sum(one["state"] == name for one in self.forms) for name in ("waiting", "dead")}
        return web.json_response({"deliveries": found, "next": None, **counts})

    async def _reconciliations(self, _request: web.Request) -> web.Response:
        return web.json_response({"days": self.compared})

    def compared_day(self, day: str, state: str, **changes: object) -> None:
        """A day's comparison of work orders."""
        self.compared.insert(
            0,
            {
                "day": day, "state": state, "ours": 12, "theirs": 12, "differing": 0, "differences": [],
                "attempts": 1, "error": "", "began_at": now(), "next_at": None, "ended_at": now(), **changes,
            },
        )  # fmt: skip

    async def _form_again(self, request: web.Request) -> web.Response:
        body = await request.json()
        (one,) = [one for one in self.forms if one["delivery_id"] == request.match_info["delivery_id"]]
        one |= {"state": "waiting", "attempts": 0, "error": "", "ended_at": None}
        return self.once(body, one)
