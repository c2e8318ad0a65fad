"""A simulator of the gateway for the console's tests: the built pages, the routes and the live link.

It keeps what the real one promises (docs/contracts.md) as far as the pages can see it: sessions,
compare-and-set of draft fields by `rev`, one effect for each `op_id`, a `seq` that rises by one.
It has no rules of its own: a test says what happens.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import WSMsgType, web

from cases.drafting.model import FieldName
from cdr.playback.sound import SILENCE
from cdr.recordings.audio import player_head
from tests.field.pictures import png

Json = dict[str, Any]

DIST = Path(__file__).parents[2] / "console" / "dist"
# The same policy as the gateway's, without exceptions: whatever breaks it shows up as a console error.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self' ws://127.0.0.1:*; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
CATEGORIES = (
    ("P0101", "part", "上水井盖", "Water-supply manhole cover"),
    ("P0103", "part", "雨水井盖", "Storm-drain manhole cover"),
    ("P0137", "part", "路灯", "Street light"),
    ("E0110", "event", "暴露垃圾", "Exposed rubbish"),
)
DISTRICTS = (
    ("230102", "道里区", "Daoli"),
    ("230103", "南岗区", "Nangang"),
    ("230110", "香坊区", "Xiangfang"),
)
OPEN = {"/api/session", "/api/session/ways", "/api/unit/config"}
"""What is answered without a session."""
MOST_SHOWN = 200
"""Cases in a snapshot, the newest."""

FIELDS = ("category", "district", "address", "crossing", "description", "urgency", "handoff", "intent")
BESIDES = tuple(name.value for name in FieldName if name.value not in FIELDS)


def now() -> str:
    return datetime.now(UTC).isoformat()


def category(code: str) -> str:
    return f"gbt30428.2@2013/{code}"


# What a supervisor's pages ask for, where nothing has happened yet.
QUIET: dict[str, Json] = {
    "/agents/reasons": {"reasons": [], "own": []},
    "/queues/waiting": {"waiting": []},
    "/callbacks": {"callbacks": [], "total": 0},
    "/ivr/prompts": {"prompts": []},
    "/nuisance": {"numbers": [], "by_settings": []},
    "/ledger/calls": {"calls": [], "next": None},
    "/ledger/holds": {"holds": []},
    "/reports/queues": {
        "report": "queues", "from": "2026-11-23T00:00:00Z", "to": "2026-12-01T00:00:00Z", "interval": "day",
        "time_zone": "UTC", "columns": ["interval_start", "queue", "offered"], "units": {"offered": "count"},
        "rows": [], "total": {}, "next": "",
    },
}  # fmt: skip


def nothing(answer: Json) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answered(_request: web.Request) -> web.Response:
        return web.json_response(answer)

    return answered


class SimulatedGateway:
    """`calls`, `drafts`, `cases` are what the pages see; `requests` is what they asked for."""

    def __init__(self, *, mqtt_ws_url: str = "", tenant: str = "harbin") -> None:
        self.users: dict[str, Json] = {
            "li.na": {"id": "li.na", "name": "李娜", "roles": ["agent"]},
            "sun.li": {"id": "sun.li", "name": "孙丽", "roles": ["dispatcher"]},
            "zhao.qiang": {"id": "zhao.qiang", "name": "赵强", "roles": ["supervisor"]},
            "wang.wei": {"id": "wang.wei", "name": "王伟", "roles": ["acceptor"]},
        }
        self.agents = {"li.na": self._agent("signed_out")}
        self.calls: dict[str, Json] = {}
        self.drafts: dict[str, Json] = {}
        self.cases: dict[str, Json] = {}
        self.segments: list[Json] = []
        self.units: dict[str, Json] = {
            "app:17": self._unit("app:17", "南岗一队", online=True),
            "app:18": self._unit("app:18", "香坊二队", online=False),
        }
        self.talkgroups = [{"tg_id": "app:daoli", "name_zh": "道里", "name_en": "Daoli"}]
        self.floors: dict[str, Json] = {}
        self.networks: dict[str, Json] = {}
        # What was said in a talkgroup, by whether its silence is dropped; and the queries for it.
        self.recalls: dict[tuple[str, str], Json] = {}
        self.recalled: list[tuple[str, dict[str, str]]] = []
        self.emergencies: dict[str, Json] = {}
        self.photos: list[Json] = []
        self.texts: dict[str, Json] = {}
        self.dispositions: dict[str, Json] = {}
        self.offer: Json | None = None
        self.requests: list[tuple[str, str, Any]] = []
        self.answers: dict[str, Json] = {}
        self.claim: dict[str, Any] = {}
        # No phone in the browser: this person answers on another one.
        self.phone = {"endpoint": "agent-1", "uri": "", "ws_url": "", "user": "", "password": "", "realm": ""}
        self.url = ""
        self.reachable = True
        # What ends so is refused for this cause.
        self.refuse: dict[str, str] = {}
        self._config = {"mqtt_ws_url": mqtt_ws_url, "tenant": tenant}
        self._sessions: dict[str, str] = {}
        self._sockets: dict[web.WebSocketResponse, int] = {}

    # What a test lets happen ---------------------------------------------------------------------

    async def tell(self, kind: str, /, **fields: Any) -> None:
        """One event to every desk."""
        event = {"type": kind, "version": 1, "id": str(uuid4()), "at": now(), **fields}
        for socket in list(self._sockets):
            self._sockets[socket] += 1
            await socket.send_json({"kind": "event", "seq": self._sockets[socket], "event": event})

    async def emergency(self, alarm_id: str, **changes: Any) -> None:
        """A crew calls for help, or what has become of it since."""
        blank = {
            "alarm_id": alarm_id,
            "unit_id": "app:17",
            "kind": "alarm",
            "talkgroup": "app:daoli",
            "case_id": None,
            "state": "raised",
            "asked": "dispatcher",
            "raised_at": now(),
            "repeats": 1,
            "position": None,
            "position_at": None,
            "acknowledged_by": "",
            "note": "",
        }
        told = {**self.emergencies.get(alarm_id, blank), **changes}
        self.emergencies[alarm_id] = told
        if told["state"] == "cleared":
            del self.emergencies[alarm_id]
        await self.tell("field.emergency_changed", **told)

    async def lose_an_event(self) -> None:
        """A sequence number that no desk ever sees."""
        for socket in self._sockets:
            self._sockets[socket] += 1

    async def cut(self) -> None:
        for socket in list(self._sockets):
            await socket.close()

    async def ring(
        self, call_id: str, caller: str, *, agent_id: str = "li.na", context: Json | None = None
    ) -> None:
        self.calls[call_id] = self._call(call_id, caller)
        self.calls[call_id]["legs"].append(self.leg("agent", agent_id, "ringing"))
        await self.tell("hotline.call_changed", call_id=call_id, call=self.calls[call_id])
        call = self.calls[call_id]
        await self.tell(
            "hotline.call_ringing",
            call_id=call_id,
            leg_id=call["legs"][-1]["leg_id"],
            agent_id=agent_id,
            endpoint="agent-1",
            context=context,
            **{
                key: call[key]
                for key in ("caller", "caller_name", "queue", "language", "since", "confidential")
            },
        )

    async def answered(self, call_id: str, *, agent_id: str = "li.na") -> None:
        call = self.calls[call_id]
        call |= {"state": "talking", "answered_at": now(), "agent_ids": [agent_id]}
        call["legs"][-1]["state"] = "up"
        await self.tell("hotline.call_changed", call_id=call_id, call=call)

    async def floor(self, talkgroup: str, stage: str, talker: str = "", **more: Any) -> None:
        """A talkgroup's floor, as floor control tells it."""
        since = now() if talker else None
        floor = {
            "talkgroup": talkgroup,
            "stage": stage,
            "talker": talker,
            "talker_name": "",
            "priority": None,
        }
        self.floors[talkgroup] = {**floor, "emergency": False, "since": since, "waiting": 0, **more}
        await self.tell("radio_bridge.floor_changed", **self.floors[talkgroup])

    async def network(
        self, network: str, *links: tuple[str, bool, str, str], lacks: tuple[str, ...] = (), **more: Any
    ) -> None:
        """How a network is, as the role `radio` tells it; a link is its talkgroup, whether it is up, why not,
        and the same in Chinese.
        """
        shown = [dict(zip(("talkgroup", "up", "why", "why_zh"), link, strict=True)) for link in links]
        state = "up" if all(link[1] for link in links) else "degraded"
        told = {"network": network, "driver": network, "state": state, "why": "", "why_zh": ""}
        self.networks[network] = {**told, "links": shown, "can": [], "lacks": list(lacks), **more}
        await self.tell("radio_bridge.network_changed", **self.networks[network])

    def said_there(
        self, talkgroup: str, *talks: Json, seconds: float = 60.0, silence: str = "drop", **more: Any
    ) -> None:
        """What is recalled of a talkgroup. Of a talk: `ago` and `long` in seconds (None: it goes on), and its
        span in the sound, `from_s` and `until_s`; anything else as the contract has it.
        """
        until = datetime.now(UTC)
        found = []
        for talk in talks:
            began = until - timedelta(seconds=talk["ago"])
            long = talk["long"]
            told = {
                "talk_id": None if long is None else str(uuid4()), "party": "svx:CREW-A", "name": "",
                "emergency": False, "came_from": "", "began_at": began.isoformat(),
                "ended_at": None if long is None else (began + timedelta(seconds=long)).isoformat(),
                "recorded_s": talk["until_s"] - talk["from_s"],
            }  # fmt: skip
            found.append(told | {key: value for key, value in talk.items() if key not in {"ago", "long"}})
        self.recalls[talkgroup, silence] = {
            "talkgroup": talkgroup, "since": (until - timedelta(seconds=600)).isoformat(),
            "until": until.isoformat(), "silence": silence, "seconds": seconds, "talks": found, "gaps": [],
            "recordings": [{"recording_id": str(uuid4())}], **more,
        }  # fmt: skip

    def photo(self, photo_id: str, case_id: str, unit_id: str = "app:17", *, state: str = "kept") -> None:
        """A crew has taken one; nothing tells of it."""
        one = {"photo_id": photo_id, "case_id": case_id, "unit_id": unit_id, "state": state}
        self.photos.insert(0, {**one, "taken_at": now()})

    async def text(self, text_id: str, words: str, *, way: str, state: str, unit_id: str = "app:17") -> None:
        """A text with a unit as it is now; its event has no name of who wrote it."""
        by = "" if way == "up" else "li.na"
        one = {"text_id": text_id, "unit_id": unit_id, "way": way, "state": state, "text": words}
        fresh = {"said_at": now(), "at": now(), "by": by, "by_name": by and "李娜", "read_by": ""}
        self.texts[text_id] = {**self.texts.get(text_id, fresh), **one}
        event = {key: value for key, value in self.texts[text_id].items() if key not in {"by_name", "at"}}
        await self.tell("field.text_changed", **event, taken_at=self.texts[text_id]["at"])

    async def becomes(self, call_id: str, state: str) -> None:
        call = self.calls[call_id]
        call["state"] = state
        await self.tell("hotline.call_changed", call_id=call_id, call=call)

    async def offers(self, callback_id: str, number: str, *, seconds: float = 20) -> None:
        """A callback is offered to the agent."""
        self.offer = {
            "callback_id": callback_id,
            "agent_id": "li.na",
            "until": (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(),
            "callback": {
                "callback_id": callback_id,
                "number": number,
                "stage": "offered",
                "calls": [{"call_id": "0", "reason": "abandoned", "voicemail": None}],
                "attempts": [],
            },
            "context": None,
        }
        await self.tell("hotline.callback_offered", **self.offer)

    async def ended(self, call_id: str) -> None:
        call = self.calls.pop(call_id)
        await self.tell(
            "hotline.call_ended",
            call_id=call_id,
            cause="hangup",
            outcome="answered",
            direction="inbound",
            agent_ids=call["agent_ids"],
            merged_into=None,
            disposition_needed=True,
            confidential=False,
        )

    async def said(
        self, call_id: str, segment_id: str, speaker: str, text: str, *, final: bool = True, at_s: float = 0.0
    ) -> None:
        started = datetime.fromtimestamp(1_795_615_200 + at_s, UTC).isoformat()
        segment = {
            "call_id": call_id,
            "leg_id": f"leg-{speaker}",
            "segment_id": segment_id,
            "speaker": speaker,
            "text": text,
            "final": final,
            "start_s": at_s,
            "end_s": at_s + 2,
            "started_at": started,
            "language": "zh",
            "engine": "simulated",
            "confidence": None,
            "node": "",
        }
        if final:
            self.segments.append(segment)
        await self.tell("speech.transcript_segment", **segment)

    async def heard_besides(self, call_id: str, draft_id: str, **changes: Any) -> None:
        """Details of fields by their names; `additional_problems` and `duplicates` as they are."""
        draft = self.drafts[draft_id]
        for name, value in changes.items():
            if name in draft["fields"]:
                draft["fields"][name]["detail"] = value
            else:
                draft[name] = value
        draft["rev"] += 1
        await self.tell("cases.draft_changed", call_id=call_id, draft=draft)

    async def drafted(
        self, call_id: str, draft_id: str, **fields: tuple[str, float, list[tuple[str, int, int]]]
    ) -> None:
        """Drafting heard something: value, confidence and evidence for each field; the agent's stay."""
        draft = self.drafts.setdefault(draft_id, self._draft(call_id, draft_id))
        for name, (value, confidence, spans) in fields.items():
            field = draft["fields"][name]
            if field["by"] == "agent":
                continue
            evidence = [{"segment_id": s, "start": a, "end": b} for s, a, b in spans]
            shown = "sure" if confidence >= 0.6 else "doubtful"
            field |= {
                "value": value, "confidence": confidence, "shown": shown, "evidence": evidence,
                "rev": field["rev"] + 1,
            }  # fmt: skip
            draft["rev"] += 1
        await self.tell("cases.draft_changed", call_id=call_id, draft=draft)

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

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        routes = [
            web.post("/api/session", self._sign_in),
            web.get("/api/session", self._who_am_i),
            web.get("/api/session/ways", self._ways),
            web.delete("/api/session", self._sign_out),
            web.get("/api/live", self._live),
            web.get("/api/phone", self._phone),
            web.get("/api/agents/me/phone", self._phone_claim),
            web.post("/api/agents/me/phone/{act}", self._phone_claimed),
            web.post("/api/agents/me/{act}", self._agent_act),
            web.get("/api/calls/{call_id}", self._get_call),
            web.get("/api/calls/{call_id}/transcript", self._transcript),
            web.get("/api/cases/near", _none_of("cases")),
            web.get("/api/calls/{call_id}/open-cases", _none_of("cases")),
            web.get("/api/calls/{call_id}/drafts", self._drafts_of),
            web.get("/api/calls/{call_id}/suggestions", _suggestions),
            web.get("/api/calls/{call_id}/articles", _articles),
            web.get("/api/handovers", _handovers),
            web.get("/api/agents/reasons", _reasons),
            web.post("/api/calls/{call_id}/drafts", self._new_draft),
            web.post("/api/calls/{call_id}/disposition", self._disposition),
            web.post("/api/calls/{call_id}/{act:hold|resume}", self._hold),
            web.post("/api/calls/{call_id}/help/accept", self._accept_help),
            web.post("/api/callbacks/{callback_id}/{act:accept|decline}", self._callback_act),
            web.get("/api/drafts/{draft_id}", self._get_draft),
            web.patch("/api/drafts/{draft_id}", self._edit),
            web.post("/api/drafts/{draft_id}/additional-problems", self._open_further),
            web.post("/api/drafts/{draft_id}/confirm", self._confirm),
            web.get("/api/cases", self._list_cases),
            web.get("/api/cases/positions", _none_of("positions")),
            web.get("/api/cases/{case_id}", self._get_case),
            web.post("/api/cases/{case_id}/dispatch", self._dispatch),
            web.get("/api/cases/{case_id}/timeline", self._case_timeline),
            web.post("/api/cases/paper", self._paper_case),
            web.post("/api/cases/{case_id}/{act:verify|close|reopen}", self._case_act),
            web.get("/api/catalogue", self._catalogue),
            *(web.get(f"/api{path}", nothing(answer)) for path, answer in QUIET.items()),
            web.get("/api/units", self._list_units),
            web.get("/api/units/nearest", self._nearest),
            web.get("/api/units/places", _none_of("places")),
            web.get("/api/dispatches/overdue", _none_of("dispatches")),
            web.get("/api/patches", _none_of("patches")),
            web.get("/api/gazetteer/search", _none_of("places")),
            web.get("/api/units/{unit_id}", self._get_unit),
            web.get("/api/units/{unit_id}/texts", self._list_texts),
            web.post("/api/units/{unit_id}/texts", self._write_text),
            web.post("/api/texts/{text_id}/read", self._read_text),
            web.get("/api/photos", self._list_photos),
            web.get("/api/photos/{photo_id}", self._look_at_photo),
            web.get("/api/talkgroups", self._list_talkgroups),
            web.get("/api/talkgroups/{tg_id}", self._get_talkgroup),
            web.get("/api/networks", self._list_networks),
            web.get("/api/talkgroups/{talkgroup}/playback/transmissions", self._recall_talks),
            web.get("/api/talkgroups/{talkgroup}/playback", self._recall_sound),
            web.post("/api/emergencies/{alarm_id}/{act:acknowledge|clear}", self._emergency_act),
            web.get("/api/unit/config", self._unit_config),
            web.get("/desk/", self._index),
            web.get("/unit/", self._index),
            web.static("/desk/assets", DIST / "desk" / "assets"),
            web.get("/desk/{view:(?!assets/).*}", self._index),
            web.static("/unit", DIST / "unit"),
        ]
        app.add_routes(routes)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not self.reachable and request.path.startswith("/api"):
            return _problem(503, "away")
        for end, kind in self.refuse.items():
            if request.path.endswith(end):
                return _problem(409, "refused", kind=kind)
        if request.method not in {"GET", "HEAD"} and request.headers.get("X-Songhua") != "1":
            return _problem(403, "the header X-Songhua is missing")
        if request.path.startswith("/api/") and request.path not in OPEN:
            if self._user(request) is None:
                return _problem(401, "sign in first")
            body = await request.json() if request.can_read_body else None
            self.requests.append((request.method, request.path, body))
            op_id = body.get("op_id") if isinstance(body, Mapping) else None
            if op_id is not None and op_id in self.answers:
                return web.json_response(self.answers[op_id])
        answer: web.StreamResponse = await handler(request)
        if not answer.prepared:
            answer.headers["Content-Security-Policy"] = POLICY
        return answer

    def _user(self, request: web.Request) -> Json | None:
        return self.users.get(self._sessions.get(request.cookies.get("songhua_session", ""), ""))

    def _once(self, body: Json, answer: Json) -> web.Response:
        self.answers[body["op_id"]] = answer
        return web.json_response(answer)

    async def _sign_in(self, request: web.Request) -> web.Response:
        body = await request.json()
        user = self.users.get(body["user"])
        if user is None or body["password"] != "correct-horse":
            return _problem(401, "user or password is wrong")
        token = str(uuid4())
        self._sessions[token] = user["id"]
        answer = web.json_response({"user": user, "language": "zh"})
        answer.set_cookie("songhua_session", token, httponly=True, samesite="Strict")
        return answer

    async def _who_am_i(self, request: web.Request) -> web.Response:
        user = self._user(request)
        return (
            _problem(401, "sign in first")
            if user is None
            else web.json_response({"user": user, "language": "zh"})
        )

    async def _ways(self, _request: web.Request) -> web.Response:
        return web.json_response({"provider": None})

    async def _sign_out(self, request: web.Request) -> web.Response:
        self._sessions.pop(request.cookies.get("songhua_session", ""), None)
        return web.Response(status=204)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        self._sockets[socket] = 0
        await self._snapshot(socket)
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    continue
                frame = json.loads(message.data)
                self.requests.append(("WS", frame["kind"], None))
                if frame["kind"] == "ping":
                    await socket.send_json({"kind": "pong"})
                elif frame["kind"] == "resync":
                    await self._snapshot(socket)
        finally:
            self._sockets.pop(socket, None)
        return socket

    async def _snapshot(self, socket: web.WebSocketResponse) -> None:
        self._sockets[socket] += 1
        state = {
            "me": {},
            "calls": list(self.calls.values()),
            "queues": [{"queue": "hotline", "waiting": 1, "longest_since": now(), "members": 2, "ready": 1}],
            "agents": list(self.agents.values()),
            "units": list(self.units.values()),
            "floors": list(self.floors.values()),
            "drafts": list(self.drafts.values()),
            "segments": self.segments,
            "cases": list(self.cases.values())[-MOST_SHOWN:],
            "emergencies": list(self.emergencies.values()),
            "board": None,
            "callback_offer": self.offer,
        }
        await socket.send_json({"kind": "snapshot", "seq": self._sockets[socket], "state": state})

    async def _list_talkgroups(self, _request: web.Request) -> web.Response:
        return web.json_response({"talkgroups": self.talkgroups})

    async def _get_talkgroup(self, request: web.Request) -> web.Response:
        return _one_of(self.talkgroups, "tg_id", request.match_info["tg_id"])

    async def _get_unit(self, request: web.Request) -> web.Response:
        return _one_of(self.units.values(), "unit_id", request.match_info["unit_id"])

    async def _get_call(self, request: web.Request) -> web.Response:
        return _one_of(self.calls.values(), "call_id", request.match_info["call_id"])

    async def _emergency_act(self, request: web.Request) -> web.Response:
        body = await request.json()
        alarm_id, act = request.match_info["alarm_id"], request.match_info["act"]
        user = self._user(request) or {}
        told = {"acknowledge": {"state": "acknowledged", "acknowledged_by": user.get("name", "")}}
        await self.emergency(alarm_id, **told.get(act, {"state": "cleared", "note": body.get("note", "")}))
        return self._once(body, self.emergencies.get(alarm_id) or {"alarm_id": alarm_id, "state": "cleared"})

    async def _list_networks(self, _request: web.Request) -> web.Response:
        return web.json_response({"networks": [{"age_s": 0.0, **one} for one in self.networks.values()]})

    async def _recall_talks(self, request: web.Request) -> web.Response:
        return web.json_response(self._recall("talks", request))

    async def _recall_sound(self, request: web.Request) -> web.Response:
        """As the gateway makes it: A-law, here all of silence."""
        size = round(self._recall("sound", request)["seconds"] * 8_000)
        return web.Response(body=player_head("recall.alaw", size) + SILENCE * size, content_type="audio/wav")

    def _recall(self, what: str, request: web.Request) -> Json:
        self.recalled.append((what, dict(request.query)))
        return self.recalls[request.match_info["talkgroup"], request.query["silence"]]

    async def _phone_claim(self, _request: web.Request) -> web.Response:
        return web.json_response(self.claim)

    async def _phone_claimed(self, request: web.Request) -> web.Response:
        """Every page gets the phone: who has it is the real gateway's matter (tests/real)."""
        page = await request.json()
        self.claim = {
            "endpoint": str(self.phone.get("endpoint", "")), "page_id": page["page_id"],
            "load_id": page["load_id"], "claimed_at": None,
        }  # fmt: skip
        return web.json_response(self.claim)

    async def _phone(self, _request: web.Request) -> web.Response:
        return web.json_response(self.phone)

    async def _agent_act(self, request: web.Request) -> web.Response:
        body = await request.json()
        act = request.match_info["act"]
        state = {"sign-in": "ready", "sign-out": "signed_out"}.get(act, body.get("state", ""))
        self.agents["li.na"] = self._agent(state)
        await self.tell("hotline.agent_changed", agent=self.agents["li.na"])
        return web.json_response(self.agents["li.na"])

    async def _transcript(self, request: web.Request) -> web.Response:
        call_id = request.match_info["call_id"]
        return web.json_response(
            {"segments": [s for s in self.segments if s["call_id"] == call_id], "gaps": []}
        )

    async def _drafts_of(self, request: web.Request) -> web.Response:
        call_id = request.match_info["call_id"]
        return web.json_response({"drafts": [d for d in self.drafts.values() if d["call_id"] == call_id]})

    async def _new_draft(self, request: web.Request) -> web.Response:
        body = await request.json()
        draft = self._draft(request.match_info["call_id"], str(uuid4()))
        self.drafts[draft["draft_id"]] = draft
        return self._once(body, draft)

    async def _open_further(self, request: web.Request) -> web.Response:
        body = await request.json()
        told = self.drafts[request.match_info["draft_id"]]
        told["additional_problems"] = [
            one for one in told["additional_problems"] if one["category"] != body["category"]
        ]
        draft = self._draft(told["call_id"], str(uuid4())) | {"about": body["category"]}
        self.drafts[draft["draft_id"]] = draft
        await self.tell("cases.draft_changed", call_id=told["call_id"], draft=told)
        return self._once(body, draft)

    async def _get_draft(self, request: web.Request) -> web.Response:
        return web.json_response(self.drafts[request.match_info["draft_id"]])

    async def _edit(self, request: web.Request) -> web.Response:
        body = await request.json()
        draft = self.drafts[request.match_info["draft_id"]]
        field = draft["fields"][body["field"]]
        if body["rev"] != field["rev"]:
            return _problem(409, "the field was changed meanwhile")
        user = self._user(request) or {}
        field |= {
            "value": body["value"],
            "by": "agent",
            "author": user.get("id", ""),
            "author_name": user.get("name", ""),
            "at": now(),
            "confidence": 1.0,
            "shown": "sure",
            "rev": field["rev"] + 1,
        }
        draft["rev"] += 1
        await self.tell("cases.draft_changed", call_id=draft["call_id"], draft=draft)
        return self._once(body, draft)

    async def _confirm(self, request: web.Request) -> web.Response:
        body = await request.json()
        draft = self.drafts[request.match_info["draft_id"]]
        values = {name: draft["fields"][name]["value"] for name in (*FIELDS, *BESIDES)}
        missing = [name for name in ("category", "description") if not values[name]]
        if missing:
            return _problem(422, "the draft lacks what a case needs", missing=",".join(missing))
        case = self.case_of(values, draft["call_id"], len(self.cases) + 1)
        self.cases[case["case_id"]] = case
        draft |= {"state": "confirmed", "case_id": case["case_id"]}
        await self.tell("cases.case_filed", call_id=draft["call_id"], draft_id=draft["draft_id"], case=case)
        await self.tell("cases.draft_changed", call_id=draft["call_id"], draft=draft)
        return self._once(body, case)

    async def _list_cases(self, request: web.Request) -> web.Response:
        wanted, words = request.query.getall("state", []), request.query.get("q", "")
        found = [
            case
            for case in self.cases.values()
            if (not wanted or case["state"] in wanted) and words in f"{case['number']} {case['description']}"
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
        calls = [blank | call | heard | {"call_id": one} for one in case["call_ids"]]
        return web.json_response({"entries": [blank | filed | heard, *calls]})

    async def _paper_case(self, request: web.Request) -> web.Response:
        body = await request.json()
        values = dict.fromkeys((*FIELDS, *BESIDES)) | body["fields"]
        case = self.case_of(values, "", len(self.cases) + 1)
        taken = {name: body[name] for name in ("taken_at", "taken_by")}
        written = {"source": "paper", "call_ids": [], **taken}
        self.cases[case["case_id"]] = case | written
        return self._once(body, case | written)

    async def _get_case(self, request: web.Request) -> web.Response:
        return _one_of(self.cases.values(), "case_id", request.match_info["case_id"])

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
        return self._once(body, dispatch)

    async def _case_act(self, request: web.Request) -> web.Response:
        body = await request.json()
        user = self._user(request)
        if user is None or "acceptor" not in user["roles"]:
            return _problem(403, "only an acceptor may")
        case = self.cases[request.match_info["case_id"]]
        leads = {"verify": "verified", "close": "closed", "reopen": "filed"}
        case["state"] = leads[request.match_info["act"]]
        case["acceptor"] = user["id"] if case["state"] != "filed" else None
        case["updated_at"] = now()
        await self._changed(case, request.match_info["act"])
        return self._once(body, case)

    async def _disposition(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.dispositions[request.match_info["call_id"]] = body
        return self._once(body, {"call_id": request.match_info["call_id"], "kind": body["kind"]})

    async def _hold(self, request: web.Request) -> web.Response:
        body = await request.json()
        call_id, act = request.match_info["call_id"], request.match_info["act"]
        await self.becomes(call_id, "hold" if act == "hold" else "talking")
        return self._once(body, {"call_id": call_id, "verb": act, "outcome": "done"})

    async def _accept_help(self, request: web.Request) -> web.Response:
        body = await request.json()
        call = self.calls[request.match_info["call_id"]]
        call["help"] |= {"accepted_by": "zhao.qiang", "accepted_at": now()}
        await self.tell("hotline.help_changed", call_id=call["call_id"], help=call["help"])
        return self._once(body, {"call_id": call["call_id"], "verb": "help-accept", "outcome": "done"})

    async def _callback_act(self, request: web.Request) -> web.Response:
        body = await request.json()
        callback_id, act = request.match_info["callback_id"], request.match_info["act"]
        self.offer = None
        await self.tell(
            "hotline.callback_offer_over",
            callback_id=callback_id,
            agent_id="li.na",
            why={"accept": "accepted", "decline": "declined"}[act],
        )
        return self._once(body, {"callback_id": callback_id})

    async def _catalogue(self, _request: web.Request) -> web.Response:
        rows = [
            {
                "id": category(code),
                "code": code,
                "kind": kind,
                "name_zh": zh,
                "name_en": en,
                "major_zh": "公用设施" if kind == "part" else "市容环境",
                "major_en": "Public utilities" if kind == "part" else "City appearance",
            }
            for code, kind, zh, en in CATEGORIES
        ]
        districts = [{"code": code, "name_zh": zh, "name_en": en} for code, zh, en in DISTRICTS]
        return web.json_response({"rows": rows, "districts": districts})

    async def _list_units(self, _request: web.Request) -> web.Response:
        return web.json_response({"units": list(self.units.values())})

    async def _nearest(self, _request: web.Request) -> web.Response:
        """Each unit, a kilometre further than the one before."""
        ranked = [
            {
                "unit_id": one["unit_id"], "name": one["name"], "online": one["online"], "jobs": 0,
                "metres": 1000.0 * place, "accuracy_m": 8.0, "age_s": 12.0, "reasons": [],
            }
            for place, one in enumerate(self.units.values(), 1)
        ]  # fmt: skip
        return web.json_response({"units": ranked})

    async def _list_texts(self, request: web.Request) -> web.Response:
        unit_id = request.match_info["unit_id"]
        found = [text for text in self.texts.values() if text["unit_id"] == unit_id]
        return web.json_response({"texts": found[::-1]})

    async def _write_text(self, request: web.Request) -> web.Response:
        body = await request.json()
        unit_id = request.match_info["unit_id"]
        await self.text(body["op_id"], body["text"], way="down", state="queued", unit_id=unit_id)
        return self._once(body, self.texts[body["op_id"]])

    async def _read_text(self, request: web.Request) -> web.Response:
        body = await request.json()
        text_id = request.match_info["text_id"]
        await self.text(text_id, self.texts[text_id]["text"], way="up", state="read")
        return self._once(body, self.texts[text_id])

    async def _list_photos(self, request: web.Request) -> web.Response:
        found = [photo for photo in self.photos if photo["case_id"] == request.query["case_id"]]
        return web.json_response({"photos": found})

    async def _look_at_photo(self, request: web.Request) -> web.Response:
        if request.match_info["photo_id"] not in {photo["photo_id"] for photo in self.photos}:
            return _problem(404, "no such photo", kind="unknown-photo")
        return web.Response(body=png(), content_type="image/png")

    async def _unit_config(self, _request: web.Request) -> web.Response:
        return web.json_response(self._config)

    async def _index(self, request: web.Request) -> web.StreamResponse:
        """Every view of the desk is its page, as `gateway/web/pages.py` has it."""
        return web.FileResponse(DIST / request.path.split("/")[1] / "index.html")

    # The shapes of things ------------------------------------------------------------------------

    async def _changed(self, case: Json, act: str) -> None:
        await self.tell("cases.case_changed", call_id=None, confidential=False, case=case, act=act, actor="")

    def _agent(self, state: str) -> Json:
        return {
            "agent_id": "li.na",
            "name": "李娜",
            "endpoint": "agent-1",
            "state": state,
            "reason": "",
            "since": now(),
            "call_id": None,
            "owed": [],
            "overdue": False,
            "next_state": None,
        }

    def _unit(self, unit_id: str, name: str, *, online: bool) -> Json:
        lists = ("crew", "bearers", "groups", "aliases", "addresses", "devices", "skills")
        return {
            "unit_id": unit_id, "name": name, "network": "app", "online": online, "status": "free",
            "last_heard": now(), "heard_by": "", "vehicle": "", "shift": None, "on_shift": None,
            "revoked_at": None, **{key: [] for key in lists},
        }  # fmt: skip

    def _call(self, call_id: str, caller: str) -> Json:
        return {
            "call_id": call_id,
            "direction": "inbound",
            "state": "ringing",
            "caller": caller,
            "caller_name": "",
            "called": "12319",
            "queue": "hotline",
            "language": "zh",
            "since": now(),
            "queued_at": now(),
            "answered_at": None,
            "agent_ids": [],
            "legs": [self.leg("citizen", None, "up")],
            "confidential": False,
            "disposition": None,
            "help": None,
        }

    def leg(self, role: str, agent_id: str | None, state: str) -> Json:
        return {
            "leg_id": str(uuid4()),
            "role": role,
            "agent_id": agent_id,
            "endpoint": "agent-1" if agent_id else "trunk",
            "state": state,
            "on_hold": False,
            "muted": False,
            "since": now(),
        }

    def _draft(self, call_id: str, draft_id: str) -> Json:
        empty: Json = {
            "value": None,
            "confidence": 0.0,
            "shown": "offered",
            "evidence": [],
            "runner_up": None,
            "others": [],
            "by": "draft",
            "rev": 0,
            "detail": {},
            "author": "",
            "author_name": "",
            "at": None,
            "earlier": [],
        }
        return {
            "draft_id": draft_id,
            "call_id": call_id,
            "state": "open",
            "case_id": None,
            "rev": 0,
            "fields": {name: dict(empty) for name in (*FIELDS, *BESIDES)},
            "alarms": [],
            "additional_problems": [],
            "duplicates": [],
            "about": None,
            "holder": "",
            "holder_name": "",
        }

    def case_of(self, values: Json, call_id: str, count: int) -> Json:
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
            "call_ids": [call_id],
            "filed_at": now(),
            "filed_by": "li.na",
            "updated_at": now(),
            "dispatches": [],
        }


def _none_of(what: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    """An empty list under this name."""

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({what: []})

    return answer


def _one_of(things: Iterable[Json], key: str, wanted: str) -> web.Response:
    found = next((one for one in things if one[key] == wanted), None)
    return web.json_response(found) if found else _problem(404, "there is no such thing", kind="not-found")


def _problem(status: int, detail: str, *, kind: str = "conflict", **extra: Any) -> web.Response:
    body = {
        "type": f"urn:songhua:problem:{kind}",
        "title": detail,
        "status": status,
        "detail": detail,
        **extra,
    }
    return web.json_response(body, status=status, content_type="application/problem+json")


@contextlib.asynccontextmanager
async def serving(gateway: SimulatedGateway) -> AsyncIterator[SimulatedGateway]:
    """The simulator on a free port of loopback; `gateway.url` is its address."""
    runner = web.AppRunner(gateway.app(), shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    gateway.url = f"http://{host}:{port}"
    try:
        yield gateway
    finally:
        await gateway.cut()
        await asyncio.sleep(0)
        await runner.cleanup()


async def _suggestions(request: web.Request) -> web.Response:
    return web.json_response({"call_id": request.match_info["call_id"], "suggestions": []})


async def _articles(_request: web.Request) -> web.Response:
    return web.json_response({"articles": []})


async def _handovers(_request: web.Request) -> web.Response:
    return web.json_response({"handovers": []})


async def _reasons(_request: web.Request) -> web.Response:
    return web.json_response({"reasons": [], "own": []})
