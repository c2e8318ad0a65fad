"""Messages to citizens and follow-ups in the simulated gateway; the lists are the test's own."""

from __future__ import annotations

from aiohttp import web

from tests.console.simulated_gateway.answers import Json
from tests.console.simulated_gateway.edge import SimulatedEdge

AT = "2026-11-30T06:12:00Z"
RATES: Json = {
    "group": "", "asked": 40, "answered": 32, "response": 0.969, "resolution": 0.875, "satisfaction": 0.906,
    "dissatisfied": 4, "open_concerns": 1,
}  # fmt: skip


def a_follow_up(follow_up_id: str, case_id: str, **told: object) -> Json:
    return {
        "follow_up_id": follow_up_id, "case_id": case_id, "case_number": "2301032026113000012", "number": "",
        "source": "telephone", "district": "230103", "category": "gbt30428@2021/P0103", "way": "agent",
        "state": "call",
        "due_at": AT, "attempts": 0, "answer_lost": False, "connected": False, "taken_by": "",
        "closed_at": AT, "contacted": None, "solved": None,
        "satisfaction": None, "note": "", "answered_by": "", "answered_at": None, "concern": "", **told,
    }  # fmt: skip


def a_message(message_id: str, state: str, text: str, **told: object) -> Json:
    return {
        "message_id": message_id, "purpose": "progress", "channel": "sms", "template": "received",
        "number": "139****0001", "text": text, "state": state, "error": "", "parts": 2, "tries": 1,
        "created_at": AT, "expires_at": AT, "sent_at": AT, "ended_at": None, "sent_by": "", **told,
    }  # fmt: skip


class SimulatedFollowUps(SimulatedEdge):
    """Who may see what is the real one's: here everybody sees all."""

    def __init__(self) -> None:
        super().__init__()
        self.follow_ups: list[Json] = []
        self.concerns: list[Json] = []
        self.messages: list[Json] = []
        self.again: list[str] = []

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/cases/{case_id}/messages", self._messages),
            web.get("/api/citizen/messages", self._overview),
            web.post("/api/citizen/opt-outs/look", self._gets),
            web.post("/api/citizen/opt-outs", self._out),
            web.get("/api/follow-ups", self._to_call),
            web.get("/api/follow-ups/concerns", self._concerns),
            web.get("/api/follow-ups/rates", self._rates),
            web.post("/api/follow-ups/{follow_up_id}/{act:take|outcome|settle}", self._act_on_follow_up),
        ]

    async def _messages(self, _request: web.Request) -> web.Response:
        told = {"messages": self.messages, "again": self.again, "follow_ups": []}
        return web.json_response(told)

    async def _overview(self, _request: web.Request) -> web.Response:
        states = {"delivered": 412, "sent": 7, "waiting": 3, "expired": 1}
        links = {"link": "up", "why": "", "mail": "up", "mail_why": ""}
        told = {"since": AT, "states": states, "opted_out": 5, **links, "latest": []}
        return web.json_response(told)

    async def _gets(self, request: web.Request) -> web.Response:
        may_call = "@" not in (await request.json())["number"]
        return web.json_response({"since": None, "calls_since": None, "may_call": may_call})

    async def _out(self, request: web.Request) -> web.Response:
        asked = await request.json()
        told = {"since": AT if asked["out"] else None, "calls_since": AT if asked["calls"] else None}
        return web.json_response({**told, "may_call": "@" not in asked["number"]})

    async def _to_call(self, _request: web.Request) -> web.Response:
        return web.json_response({"follow_ups": self.follow_ups})

    async def _concerns(self, _request: web.Request) -> web.Response:
        return web.json_response({"follow_ups": self.concerns})

    async def _rates(self, request: web.Request) -> web.Response:
        told = {name: request.query.get(name, "") for name in ("since", "until", "by")}
        return web.json_response({**told, "rates": [RATES]})

    async def _act_on_follow_up(self, request: web.Request) -> web.Response:
        wanted, act = request.match_info["follow_up_id"], request.match_info["act"]
        one = next(one for one in (*self.follow_ups, *self.concerns) if one["follow_up_id"] == wanted)
        if act == "take":
            one.update(taken_by=(self.user_of(request) or {})["id"], number="13904510001")
        else:
            self.follow_ups = [other for other in self.follow_ups if other is not one]
            self.concerns = [other for other in self.concerns if other is not one]
        return web.json_response(one)
