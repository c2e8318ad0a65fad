"""The conference of a case, as the centre would keep it: nobody rings."""

from __future__ import annotations

import uuid

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, now, problem
from tests.console.simulated_gateway.cameras import SimulatedCameras


class SimulatedConferences(SimulatedCameras):
    """`conferences` by case."""

    def __init__(self) -> None:
        super().__init__()
        self.conferences: dict[str, Json] = {}

    def routes(self) -> list[web.AbstractRouteDef]:
        one = "/api/conferences/{conference_id}"
        return [
            *super().routes(),
            web.get("/api/conferences", self._conferences_of),
            web.post("/api/conferences", self._open_conference),
            web.post(f"{one}/members", self._add_member),
            web.post(f"{one}/members/{{member_id}}/{{verb}}", self._act_on_member),
            web.post(f"{one}/{{verb}}", self._act_on_conference),
        ]

    # What a test lets happen ---------------------------------------------------------------------

    async def member(self, case_id: str, who: str, **changed: object) -> None:
        """Something happened to a member, and desks are told."""
        held = self.conferences[case_id]
        next(one for one in held["members"] if one["who"] == who).update(changed)
        told = {"conference_id": held["conference_id"], "case_id": case_id, "over": False}
        await self.tell("hotline.conference_changed", **told)

    # What the pages ask for ----------------------------------------------------------------------

    def _held(self, request: web.Request) -> Json:
        wanted = request.match_info["conference_id"]
        return next(one for one in self.conferences.values() if one["conference_id"] == wanted)

    def _new(self, member_id: str, kind: str, who: str, name: str) -> Json:
        return {
            "member_id": member_id, "kind": kind, "who": who, "name": name, "state": "called",
            "added_by": "sun.li", "added_at": now(), "joined_at": None, "left_at": None, "outcome": "",
            "muted": False, "talks": False,
        }  # fmt: skip

    async def _conferences_of(self, request: web.Request) -> web.Response:
        held = self.conferences.get(request.query.get("case_id", ""))
        return web.json_response({"conferences": [] if held is None else [held]})

    async def _open_conference(self, request: web.Request) -> web.Response:
        body = await request.json()
        user = self.user_of(request) or {}
        held = {
            "conference_id": str(uuid.uuid4()), "case_id": body["case_id"], "opened_by": user["id"],
            "opened_at": now(), "locked": False, "recording": False, "ended_at": None, "end_cause": "",
            "members": [self._new(str(uuid.uuid4()), "desk", user["id"], user["name"])],
        }  # fmt: skip
        self.conferences[body["case_id"]] = held
        return self.once(body, held)

    async def _add_member(self, request: web.Request) -> web.Response:
        body, held = await request.json(), self._held(request)
        if not body["who"].isdigit() and body["kind"] == "telephone":
            return problem(422, "no number", kind="member-not-reachable")
        name = f"…{body['who'][-4:]}" if body["kind"] == "telephone" else body["who"]
        held["members"].append(self._new(body["op_id"], body["kind"], name, name))
        return self.once(body, held)

    async def _act_on_member(self, request: web.Request) -> web.Response:
        body, held, verb = await request.json(), self._held(request), request.match_info["verb"]
        wanted = request.match_info["member_id"]
        member = next(one for one in held["members"] if one["member_id"] == wanted)
        member |= {"state": "left"} if verb == "remove" else {"muted": verb == "mute", "talks": False}
        return self.once(body, held)

    async def _act_on_conference(self, request: web.Request) -> web.Response:
        body, held, verb = await request.json(), self._held(request), request.match_info["verb"]
        if verb in {"lock", "unlock"}:
            held["locked"] = verb == "lock"
        elif verb == "end":
            held["ended_at"] = now()
            del self.conferences[held["case_id"]]
        else:
            held["recording"] = verb == "record"
        return self.once(body, held)
