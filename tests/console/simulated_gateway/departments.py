"""A department's side of its cases: its list, one case with its acts, and photos that it brings."""

from __future__ import annotations

from uuid import uuid4

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, now, problem
from tests.console.simulated_gateway.assignments import WAIT, SimulatedAssignments
from tests.field.pictures import png

OVER = ("answered", "finished", "withdrawn")
AFTER: dict[str, tuple[str, tuple[str, ...]]] = {
    "sign": ("handling", ("answer!", "return!", "ask_extension!", "ask_suspension!", "delegate")),
    "delegate": ("handling", ("answer!", "return!", "delegate", "take_back")),
    "take_back": ("handling", ("answer!", "return!", "delegate")),
    "answer": ("answered", ()),
    "return": ("returned", ()),
    "object": ("disputed", ()),
    "ask_extension": ("extension_asked", ("answer!",)),
}
"""Where an act of a department leads, and what it may do then."""


class SimulatedDepartments(SimulatedAssignments):
    """`brought` are the photos that came, with their bytes; `page_size` is of its list."""

    def __init__(self) -> None:
        super().__init__()
        self.users["ma.ke"] = {"id": "ma.ke", "name": "马科", "roles": ["department"]}
        self.brought: dict[str, bytes] = {}
        self.acts: dict[str, list[Json]] = {}
        self.unit_photos: list[str] = []
        self.page_size = 30
        self.on_duty: list[Json] = [
            {"id": "ma.ke", "name": "马科长", "until": "2026-12-01T09:00:00Z", "phone": "0451-8000"}
        ]
        self.next_duty: str | None = None
        self.handlers: list[Json] = [
            {"id": "ma.ke", "name": "马科", "is_unit": False, "online": False},
            {
                "id": "sun.gong",
                "name": "孙工",
                "is_unit": False,
                "online": False,
                "on_duty_until": "2026-12-01T09:00:00Z",
            },
            {"id": "app:31", "name": "抢修一车", "is_unit": True, "online": True},
        ]

    def routes(self) -> list[web.AbstractRouteDef]:
        one = "/api/assignments/{assignment_id}"
        return [
            web.get("/api/assignments", self._page),
            web.get(f"{one}/photos", self._photos_of),
            web.get(f"{one}/photos/{{photo_id}}", self._photo_of),
            web.post(f"{one}/photos", self._bring),
            web.get(f"{one}/handlers", self._handlers_of),
            web.get("/api/departments/{department_id}/duty", self._duty_of),
            web.get("/api/departments/{department_id}/duty/phones", self._duty_of),
            web.get(one, self._seen),
            web.post(f"{one}/{{act:{'|'.join(AFTER)}}}", self._department_acts),
            *super().routes(),
        ]

    # What a test lets happen ---------------------------------------------------------------------

    async def given(self, case_id: str, department: str, *may: str, **changes: object) -> str:
        """A department gets a case, and its desk hears of it."""
        assignment_id = self.assigned(case_id, department, "waiting", *may, **changes)
        await self._told(assignment_id)
        return assignment_id

    # What the pages ask for ----------------------------------------------------------------------

    async def _page(self, request: web.Request) -> web.Response:
        states = set(request.query.getall("state", WAIT if request.query.get("waiting") == "true" else ()))
        with_over = request.query.get("open") == "false" or states
        me = (self.user_of(request) or {}).get("id")
        mine = "mine" in request.query
        found = [
            one
            for one in self.assignments.values()
            if (not mine or (one["assignment"].get("handler") or {}).get("id") == me)
            and (not states or one["assignment"]["state"] in states)
            and (with_over or one["assignment"]["state"] not in OVER)
            and (
                "overdue" not in request.query or (one["assignment"]["clock"] or {}).get("state") == "overdue"
            )
        ]
        found.sort(key=lambda one: (one["assignment"]["clock"] or {}).get("due_at") or "9")
        begin = int(request.query.get("cursor", 0))
        end = begin + min(self.page_size, int(request.query.get("limit", 50)))
        return web.json_response(
            {"assignments": found[begin:end], "next": str(end) if len(found) > end else None}
        )

    async def _seen(self, request: web.Request) -> web.Response:
        assignment_id = request.match_info["assignment_id"]
        item = self.assignments.get(assignment_id)
        if item is None:
            return problem(404, "no such assignment", kind="no-such-assignment")
        if "department" not in (self.user_of(request) or {}).get("roles", ()):
            return await self._one(request)
        given = {"at": now(), "actor": "sun.li", "actor_name": "孙丽", "act": "dispatch", "text": ""}
        acts = [{**given, "state": "waiting"}, *self.acts.get(assignment_id, [])]
        case = {"filed_at": now(), "confidential": False, "urgency": "urgent", "crossing": None} | item[
            "case"
        ]
        return web.json_response(item | {"case": case, "acts": acts})

    async def _department_acts(self, request: web.Request) -> web.Response:
        body = await request.json()
        user = self.user_of(request) or {}
        if "department" not in user.get("roles", ()):
            return problem(403, "not yours")
        assignment_id, act = request.match_info["assignment_id"], request.match_info["act"]
        item = self.assignments[assignment_id]
        one = item["assignment"]
        if body["rev"] != one["rev"]:
            return problem(
                409, "moved on", kind="assignment-moved-on", act=one["last_act"], by=one["last_by"],
                by_name=one["last_by_name"], at=one["updated_at"],
            )  # fmt: skip
        state, may = AFTER[act]
        one |= {"state": state, "rev": one["rev"] + 1, "last_act": act, "updated_at": now()}
        if act == "answer":
            one |= {"answer": body["text"], "photos": body["photos"], "before": body["before"]}
        elif act in {"delegate", "take_back"}:
            self._give_to(item, body["handler"])
        elif act != "sign":
            one |= {"asked_text": body["text"], "asked_h": body["hours"]}
        item["may"] = [{"action": name.rstrip("!"), "reason": name.endswith("!")} for name in may]
        said = {"at": now(), "actor": user["id"], "actor_name": user["name"], "act": act, "state": state}
        self.acts.setdefault(assignment_id, []).append({**said, "text": body["text"]})
        await self._told(assignment_id)
        return self.once(body, item)

    def _give_to(self, item: Json, handler: str) -> None:
        known = next((one for one in self.handlers if one["id"] == handler), None)
        job = str(uuid4()) if known and known["is_unit"] else None
        item["assignment"]["handler"] = known and {"id": handler, "name": known["name"], "job_id": job}
        item["job"] = job and {
            "unit_id": handler, "step": "queued", "at": now(), "ended": False, "note": None, "reason": None,
        }  # fmt: skip

    async def _duty_of(self, request: web.Request) -> web.Response:
        reveal = request.path.endswith("/phones")
        people = [{**one, "phone": one["phone"] if reveal else "•••"} for one in self.on_duty]
        return web.json_response({"people": people, "next_at": None if people else self.next_duty})

    async def _handlers_of(self, _request: web.Request) -> web.Response:
        return web.json_response({"handlers": self.handlers})

    async def _photos_of(self, _request: web.Request) -> web.Response:
        unit = {"at": now(), "by": "unit:app:31", "by_name": "抢修一车"}
        one = {"at": now(), "by": "department:district-230103", "by_name": "南岗区城市管理部门"}
        return web.json_response(
            {
                "photos": [
                    *({**one, "photo_id": photo} for photo in self.brought),
                    *({**unit, "photo_id": photo} for photo in self.unit_photos),
                ]
            }
        )

    async def _photo_of(self, _request: web.Request) -> web.Response:
        return web.Response(body=png(), content_type="image/png")

    async def _bring(self, request: web.Request) -> web.Response:
        photo_id = str(uuid4())
        self.brought[photo_id] = await request.read()
        return web.json_response({"photo_id": photo_id}, status=201)
