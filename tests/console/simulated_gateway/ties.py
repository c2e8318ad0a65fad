"""Merging, splitting and relating cases. `moved_on`: the next act finds the case changed meanwhile."""

from __future__ import annotations

from uuid import uuid4

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, now, problem
from tests.console.simulated_gateway.cases import SimulatedCases


class SimulatedTies(SimulatedCases):
    def __init__(self) -> None:
        super().__init__()
        self.moved_on = False

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/api/cases/near", self._near),
            web.post("/api/cases/{case_id}/merge", self._merge),
            web.post("/api/cases/{case_id}/unmerge", self._unmerge),
            web.post("/api/cases/{case_id}/split", self._split),
            web.post("/api/cases/{case_id}/relations", self._relate),
            web.post("/api/cases/{case_id}/relations/{relation_id}/undo", self._unrelate),
            *super().routes(),
        ]

    async def _near(self, request: web.Request) -> web.Response:
        found = [one for one in self.cases.values() if one["address"] == request.query.get("address")]
        return web.json_response({"cases": [{"case": one, "metres": 12.0} for one in found[:20]]})

    async def _merge(self, request: web.Request) -> web.Response:
        body, case = await request.json(), self._case(request)
        into = self.cases[body["into"]]
        if self.moved_on:
            self.moved_on = False
            return problem(409, "the case was changed meanwhile", kind="case-moved-on")
        case |= {"state": "merged", "survivor": _name(into), "updated_at": now()}
        into["merged"] = [*into.get("merged", []), _name(case) | {"report_ids": []}]
        return await self._done(body, case, into, act="merge")

    async def _unmerge(self, request: web.Request) -> web.Response:
        body, case = await request.json(), self._case(request)
        into = self.cases[case["survivor"]["case_id"]]
        case |= {"state": "filed", "survivor": None, "updated_at": now()}
        into["merged"] = [one for one in into["merged"] if one["case_id"] != case["case_id"]]
        return await self._done(body, case, into, act="unmerge")

    async def _split(self, request: web.Request) -> web.Response:
        body, case = await request.json(), self._case(request)
        values = {name: case.get(name) for name in ("district", "address")} | {"urgency": "normal"}
        new = self.case_of(values | body["fields"], None, len(self.cases) + 1)
        new["call_ids"] = body["call_ids"]
        self.cases[new["case_id"]] = new
        _tie(new, case, "split", body["reason"])
        return await self._done(body, new, case, act="split")

    async def _relate(self, request: web.Request) -> web.Response:
        body, case = await request.json(), self._case(request)
        other = self.cases[body["other_id"]]
        _tie(case, other, body["kind"], body["reason"])
        return await self._done(body, case, other, act="relate")

    async def _unrelate(self, request: web.Request) -> web.Response:
        body, relation_id = await request.json(), request.match_info["relation_id"]
        for one in self.cases.values():
            left = [it for it in one.get("relations", []) if it["relation_id"] != relation_id]
            one["relations"] = left
        return await self._done(body, self._case(request), act="unrelate")

    def _case(self, request: web.Request) -> Json:
        return self.cases[request.match_info["case_id"]]

    async def _done(self, body: Json, *changed: Json, act: str) -> web.Response:
        for one in changed:
            one["version"] = one.get("version", 0) + 1
            await self._changed(one, act)
        return self.once(body, changed[0])


def _name(case: Json) -> Json:
    return {name: case[name] for name in ("case_id", "number", "spoken_code")}


def _tie(one: Json, other: Json, kind: str, reason: str) -> None:
    both = {"relation_id": str(uuid4()), "kind": kind, "reason": reason, "at": now(), "by": "sun.li"}
    for case, far, forward in ((one, other, True), (other, one, False)):
        case["relations"] = [
            *case.get("relations", []), both | {"forward": forward, "other": _name(far)},
        ]  # fmt: skip
