"""Verification tasks of inspectors, as the desk asks for them."""

from __future__ import annotations

from uuid import uuid4

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, now, problem
from tests.console.simulated_gateway.edge import SimulatedEdge
from tests.field.pictures import png

INSPECTORS = (
    {
        "unit_id": "app:21",
        "name": "监督员一号",
        "on_shift": True,
        "online": True,
        "tasks": 0,
        "since": "2026-11-30T23:30:00Z",
    },
    {
        "unit_id": "app:22",
        "name": "监督员二号",
        "on_shift": False,
        "online": False,
        "tasks": 2,
        "since": None,
    },
    {
        "unit_id": "department:district-230103",
        "name": "南岗区城市管理部门",
        "on_shift": True,
        "online": True,
        "tasks": 0,
        "since": None,
        "outside": True,
    },
)


class SimulatedVerifications(SimulatedEdge):
    """`verifications` by their ids; each is a task as the routes answer it."""

    def __init__(self) -> None:
        super().__init__()
        self.verifications: dict[str, Json] = {}
        self.tracked: list[tuple[str, str]] = []
        """The looks at tracks: unit, and since when."""

    def routes(self) -> list[web.AbstractRouteDef]:
        of = "/api/{subject:drafts|cases}/{id}/verifications"
        return [
            web.get(of, self._tasks_of),
            web.post(of, self._ask_inspector),
            web.post("/api/verifications/{task_id}/recall", self._recall_task),
            web.get("/api/verifications/{task_id}/photos/{photo_id}", self._task_photo),
            web.get("/api/drafts/{draft_id}/photos", self._draft_photos),
            web.get("/api/drafts/{draft_id}/photos/{photo_id}", self._task_photo),
            web.get("/api/units/{unit_id}/track", self._track),
            web.get("/api/inspectors", self._list_inspectors),
            *super().routes(),
        ]

    def state(self) -> Json:
        return super().state() | {"verifications": [_summary(one) for one in self.verifications.values()]}

    # What a test lets happen ---------------------------------------------------------------------

    async def inspector(self, task_id: str, state: str, act: str, **changes: object) -> None:
        """The inspector does something about the task."""
        one = self.verifications[task_id]
        done = {"act": act, "at": now(), "by": f"unit:{one['unit_id']}", "reason": changes.pop("reason", "")}
        one |= {"state": state, **changes, "acts": [*one["acts"], done]}
        await self.tell("cases.verification_changed", confidential=False, reason="", **_summary(one))

    # What the pages ask for ----------------------------------------------------------------------

    async def _tasks_of(self, request: web.Request) -> web.Response:
        name = f"{request.match_info['subject'].removesuffix('s')}_id"
        found = [one for one in self.verifications.values() if one[name] == request.match_info["id"]]
        return web.json_response({"verifications": found})

    async def _ask_inspector(self, request: web.Request) -> web.Response:
        body = await request.json()
        of_draft = request.match_info["subject"] == "drafts"
        waiting = [one for one in self.verifications.values() if one["state"] in {"asked", "accepted"}]
        if waiting:
            return problem(409, "waits", kind="verification-waits", by=waiting[0]["asked_by"])
        who = next(one for one in INSPECTORS if body["unit_id"] in {"", one["unit_id"]})
        me = (self.user_of(request) or {})["id"]
        about = request.match_info["id"]
        one = {
            "task_id": str(uuid4()), "number": "40217", "draft_id": about if of_draft else None,
            "case_id": None if of_draft else about, "unit_id": who["unit_id"],
            "unit_name": who["name"], "state": "asked", "words": body["words"], "asked_by": me,
            "asked_at": now(), "due_at": now(), "displayed_at": None, "finding": None, "answer": "",
            "answered_at": None, "late": False, "position": None, "photos": [],
            "acts": [{"act": "ask", "at": now(), "by": me, "reason": ""}],
        }  # fmt: skip
        self.verifications[str(one["task_id"])] = one
        await self.tell("cases.verification_changed", confidential=False, reason="", **_summary(one))
        return self.once(body, one)

    async def _recall_task(self, request: web.Request) -> web.Response:
        body = await request.json()
        one = self.verifications[request.match_info["task_id"]]
        if one["state"] not in {"asked", "accepted"}:
            last = one["acts"][-1]
            return problem(409, "moved on", kind="verification-moved-on", by=last["by"], act=last["act"])
        done = {"act": "recall", "at": now(), "by": one["asked_by"], "reason": body["reason"]}
        one |= {"state": "recalled", "acts": [*one["acts"], done]}
        await self.tell("cases.verification_changed", confidential=False, reason="", **_summary(one))
        return self.once(body, one)

    async def _task_photo(self, _request: web.Request) -> web.Response:
        return web.Response(body=png(), content_type="image/png")

    async def _draft_photos(self, _request: web.Request) -> web.Response:
        photo = {"photo_id": str(uuid4()), "taken_at": now(), "kept": True}
        return web.json_response({"photos": [photo]})

    async def _track(self, request: web.Request) -> web.Response:
        self.tracked.append((request.match_info["unit_id"], request.query["since"]))
        steps = ((126.60, 45.74), (126.63, 45.75), (126.66, 45.76), (126.69, 45.74))
        places = [
            {"lon": lon, "lat": lat, "accuracy_m": 8.0, "source": "app", "measured_at": now()}
            for lon, lat in steps
        ]
        return web.json_response({"unit_id": request.match_info["unit_id"], "places": places, "whole": True})

    async def _list_inspectors(self, _request: web.Request) -> web.Response:
        return web.json_response({"inspectors": list(INSPECTORS)})


def _summary(one: Json) -> Json:
    return {name: one[name] for name in ("task_id", "draft_id", "case_id", "unit_id", "state", "due_at")}
