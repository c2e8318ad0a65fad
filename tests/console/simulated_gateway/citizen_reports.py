"""Reports of citizens in the simulated gateway: drafts without a call, taken, given back and declined."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.field.pictures import png

if TYPE_CHECKING:
    from tests.console.simulated_gateway.drafts import SimulatedDrafts

PICTURE = "0193a000-0000-7000-8000-0000000000aa"


async def passed_on(gateway: SimulatedDrafts, request: web.Request) -> web.Response:
    body = await request.json()
    draft_id = request.match_info["draft_id"]
    gateway.report_offer = None
    me = (gateway.user_of(request) or {})["id"]
    await gateway.tell("cases.report_offer_over", agent_id=me, draft_id=draft_id, why="declined")
    return gateway.once(body, {"draft_id": draft_id})


def routes(gateway: SimulatedDrafts) -> Sequence[web.RouteDef]:
    """Those of the queue; the routes of single drafts follow them."""

    def draft_of(request: web.Request) -> dict[str, Any]:
        return gateway.drafts[request.match_info["draft_id"]]

    def waiting() -> list[dict[str, Any]]:
        return [one for one in gateway.drafts.values() if one["call_id"] is None and one["state"] == "open"]

    async def listed(_request: web.Request) -> web.Response:
        return web.json_response({"drafts": waiting()})

    async def report(request: web.Request) -> web.Response:
        draft = draft_of(request)
        told = {
            "report_id": draft["draft_id"], "number": "R20261130-00012", "source": draft["source"],
            "received_at": "2026-11-30T06:12:00Z", "text": draft["fields"]["description"]["value"],
            "place": draft["fields"]["address"]["value"], "phone": "13904510001",
            "position": {"lon": 126.69123, "lat": 45.72001, "accuracy_m": 18.0}, "case_number": "",
            "picture_ids": [PICTURE],
            "additions": [{"at": "2026-11-30T07:00:00Z", "text": "就在公交站旁边"}],
            "rating": {"stars": 4, "solved": True, "words": ""},
        }  # fmt: skip
        return web.json_response(told)

    async def picture(_request: web.Request) -> web.Response:
        return web.Response(body=png(), content_type="image/png")

    async def act(request: web.Request) -> web.Response:
        draft, what, me = draft_of(request), request.match_info["act"], (gateway.user_of(request) or {})["id"]
        if what == "take" and draft["taken_by"] not in {None, me}:
            problem = {"type": "urn:songhua:problem:report-taken", "title": "taken", "status": 409}
            return web.json_response(problem, status=409)
        if what == "decline":
            draft["state"] = "discarded"
        else:
            draft["taken_by"] = me if what == "take" else None
        free = [one for one in waiting() if one["taken_by"] is None]
        offer = gateway.report_offer
        if what == "take" and offer is not None and offer["draft_id"] == draft["draft_id"]:
            gateway.report_offer = None
        await gateway.tell("cases.reports_waiting", waiting=len(free), oldest=None)
        return web.json_response(draft)

    return [
        web.get("/api/drafts/waiting", listed),
        web.get("/api/drafts/{draft_id}/report", report),
        web.get("/api/drafts/{draft_id}/report/pictures/{picture_id}", picture),
        web.post("/api/drafts/{draft_id}/offer/decline", partial(passed_on, gateway)),
        web.post("/api/drafts/{draft_id}/{act:take|release|decline}", act),
    ]
