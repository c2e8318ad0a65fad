"""A simulated ledger behind the pages: calls with sound and words, scoring forms, scorecards, calibrations,
marks, scheduled reports. The rules are the real ones' shape, not their checks: those have tests of their own.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from aiohttp import web

from cdr.quality.model import ScoringAnswer, ScoringForm, compare, result

Json = dict[str, Any]
BEGAN = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)


def sound(seconds: int = 8) -> bytes:
    """Silence as WAV."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000 * seconds))
    return out.getvalue()


class SimulatedLedger:
    """`me` is who asks: the gateway sets it before each request."""

    def __init__(self) -> None:
        self.records: dict[str, Json] = {}
        self.forms: list[Json] = []
        self.cards: list[Json] = []
        self.calibrations: list[Json] = []
        self.marks: list[Json] = []
        self.schedules: list[Json] = []
        self.mails: list[Json] = []
        self.reports: dict[str, Json] = {}
        self.me = ""

    def call(self, call_id: str, *, agents: tuple[str, ...] = ("li.na",), words: bool = True) -> str:
        """An ended call of eight seconds."""
        at = [(BEGAN + timedelta(seconds=second)).isoformat() for second in range(10)]
        said = [
            ("citizen", "公滨路有个井盖没了，电动车差点掉进去。", at[1]),
            ("agent", "好的，请问在几号门口？我马上登记派人。", at[5]),
        ]
        segments = [
            {"segment_id": f"s{n}", "call_id": call_id, "leg_id": "l1", "speaker": speaker, "text": text,
             "start_s": 0, "end_s": 2, "started_at": when, "language": "zh", "engine": "vosk", "node": "",
             "gap_id": None, "late": False}
            for n, (speaker, text, when) in enumerate(said)
        ]  # fmt: skip
        legs = [
            {"leg_id": "l1", "endpoint": "", "agent": None, "party": "citizen", "stays": []},
            {"leg_id": "l2", "endpoint": "agent-1", "agent": agents[0] if agents else None, "party": "agent"},
        ]
        self.records[call_id] = {
            "call": {
                "call_id": call_id, "system_name": "songhua", "linkedids": [], "direction": "inbound",
                "number": "138••••1234", "name": "", "dialled": "12345", "queue": "hotline",
                "started_at": at[0], "queued_at": at[0], "answered_at": at[1], "ended_at": at[8],
                "wait_s": 1.0,
                "talk_s": 7.0, "outcome": "answered", "closed_by": "asterisk", "agents": list(agents),
                "confidential": False,
            },
            "legs": legs, "legal_holds": [], "unsealed": [], "timeline": [],
            "recordings": [
                {"recording_id": f"{call_id}-r", "leg_id": "l1", "track": "in", "state": "complete",
                 "expected_at": at[0], "duration_s": 8.0, "key_id": None}
            ],
            "transcript": {"segments": segments, "gaps": []} if words else None,
        }  # fmt: skip
        return call_id

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/ledger/calls/{call_id}", self._record),
            web.get("/api/ledger/recordings/{recording_id}", self._sound),
            web.get("/api/quality/forms", self._forms),
            web.get("/api/quality/forms/{form_id}/versions", self._versions),
            web.post("/api/quality/forms", self._save),
            web.post("/api/quality/forms/{form_id}/versions", self._save),
            web.post("/api/quality/forms/{form_id}/retire", self._retire),
            web.get("/api/quality/scorers", self._scorers),
            web.get("/api/quality/scorecards", self._cards),
            web.post("/api/quality/scorecards", self._score),
            web.get("/api/quality/calibrations", self._all_calibrations),
            web.post("/api/quality/calibrations", self._open),
            web.get("/api/quality/calibrations/{calibration_id}", self._calibration),
            web.get("/api/calls/{call_id}/marks", self._all_marks),
            web.post("/api/quality/marks", self._mark),
            web.post("/api/quality/marks/{mark_id}/remove", self._unmark),
            web.get("/api/reports/schedules", self._all_schedules),
            web.post("/api/reports/schedules", self._schedule),
            web.post("/api/reports/schedules/{schedule_id}/{act:send|remove}", self._act_on_schedule),
            web.get("/api/reports/{name:agents|quality|calls}", self._report),
        ]

    async def _record(self, request: web.Request) -> web.Response:
        return web.json_response(self.records[request.match_info["call_id"]])

    async def _sound(self, _request: web.Request) -> web.Response:
        return web.Response(body=sound(), content_type="audio/wav")

    async def _forms(self, request: web.Request) -> web.Response:
        newest = {one["form_id"]: one for one in sorted(self.forms, key=lambda one: one["number"])}
        also = request.query.get("retired") == "true"
        return web.json_response({"forms": [one for one in newest.values() if also or not one["retired"]]})

    async def _versions(self, request: web.Request) -> web.Response:
        found = [one for one in self.forms if one["form_id"] == request.match_info["form_id"]]
        return web.json_response({"forms": sorted(found, key=lambda one: -one["number"])})

    async def _save(self, request: web.Request) -> web.Response:
        body = await request.json()
        ScoringForm.model_validate(body["content"])
        form_id = request.match_info.get("form_id") or str(uuid4())
        made = self._form(form_id, body.get("base", 0) + 1, body["content"])
        self.forms.append(made)
        return web.json_response(made, status=201)

    def _form(self, form_id: str, number: int, content: Json) -> Json:
        return {
            "form_id": form_id, "number": number, "content": content, "made_by": self.me or "zhao.qiang",
            "made_at": BEGAN.isoformat(), "retired": False,
        }  # fmt: skip

    async def _retire(self, request: web.Request) -> web.Response:
        body = await request.json()
        for one in self.forms:
            if one["form_id"] == request.match_info["form_id"]:
                one["retired"] = body["retired"]
        return web.json_response(self.forms[-1])

    async def _scorers(self, _request: web.Request) -> web.Response:
        people = [("zhao.qiang", "赵强"), ("qian.jun", "钱军")]
        return web.json_response({"scorers": [{"user_id": who, "name": name} for who, name in people]})

    async def _cards(self, request: web.Request) -> web.Response:
        call, agent = request.query.get("call_id"), request.query.get("agent")
        found = [
            one for one in self.cards
            if one["calibration_id"] is None
            and call in {None, one["call_id"]}
            and agent in {None, one["agent"]}
        ]  # fmt: skip
        return web.json_response({"cards": found, "next": None})

    async def _score(self, request: web.Request) -> web.Response:
        card = self.card(await request.json(), self.me)
        self.cards.insert(0, card)
        return web.json_response(card, status=201)

    def card(self, body: Mapping[str, Any], scorer: str) -> Json:
        form = next(
            one for one in self.forms if (one["form_id"], one["number"]) == (body["form_id"], body["number"])
        )
        content = ScoringForm.model_validate(form["content"])
        answers = {name: ScoringAnswer.model_validate(one) for name, one in body["answers"].items()}
        found = result(content, answers)
        told = {
            name: body[name] for name in ("call_id", "agent", "form_id", "number", "note", "calibration_id")
        }
        return {
            **told, "card_id": str(uuid4()), "call_at": BEGAN.isoformat(), "queue": "hotline",
            "form": form["content"], "scorer": scorer, "score": found.score, "fatal": bool(found.fatal),
            "answers": {name: one.model_dump() for name, one in answers.items()},
            "made_at": BEGAN.isoformat(),
        }  # fmt: skip

    async def _open(self, request: web.Request) -> web.Response:
        body = await request.json()
        form = next(one for one in reversed(self.forms) if one["form_id"] == body["form_id"])
        made = {
            "calibration_id": str(uuid4()), "call_id": body["call_id"], "agent": body["agent"],
            "form_id": form["form_id"], "number": form["number"], "form": form["content"], "first": self.me,
            "second": body["second"], "opened_by": self.me, "opened_at": BEGAN.isoformat(),
        }  # fmt: skip
        self.calibrations.insert(0, made)
        return web.json_response(self._shown(made), status=201)

    def _shown(self, one: Json) -> Json:
        filled = {
            card["scorer"]: card for card in self.cards if card["calibration_id"] == one["calibration_id"]
        }
        waits_for = [who for who in (one["first"], one["second"]) if who not in filled]
        comparison = None
        if not waits_for:
            form = ScoringForm.model_validate(one["form"])
            first, second = (
                {
                    name: ScoringAnswer.model_validate(answer)
                    for name, answer in filled[who]["answers"].items()
                }
                for who in (one["first"], one["second"])
            )
            found = compare(form, first, second)
            comparison = {
                "agreement": found.agreement, "score_difference": found.score_difference,
                "questions": [
                    {"question_id": q.question_id, "first": q.first, "second": q.second,
                     "difference": q.difference, "agrees": q.agrees}
                    for q in found.questions
                ],
            }  # fmt: skip
        cards = [card for who, card in filled.items() if not waits_for or who == self.me]
        return {**one, "waits_for": waits_for, "cards": cards, "comparison": comparison}

    async def _all_calibrations(self, _request: web.Request) -> web.Response:
        return web.json_response({"calibrations": [self._shown(one) for one in self.calibrations]})

    async def _calibration(self, request: web.Request) -> web.Response:
        wanted = request.match_info["calibration_id"]
        return web.json_response(
            self._shown(next(one for one in self.calibrations if one["calibration_id"] == wanted))
        )

    async def _all_marks(self, request: web.Request) -> web.Response:
        found = [one for one in self.marks if one["call_id"] == request.match_info["call_id"]]
        return web.json_response({"marks": sorted(found, key=lambda one: float(one["at_s"]))})

    async def _mark(self, request: web.Request) -> web.Response:
        body = await request.json()
        made = {"mark_id": str(uuid4()), **{name: body[name] for name in ("call_id", "at_s", "note")}}
        made |= {"made_by": self.me, "made_at": BEGAN.isoformat()}
        self.marks.append(made)
        return web.json_response(made, status=201)

    async def _unmark(self, request: web.Request) -> web.Response:
        self.marks = [one for one in self.marks if one["mark_id"] != request.match_info["mark_id"]]
        return web.Response(status=204)

    async def _all_schedules(self, _request: web.Request) -> web.Response:
        return web.json_response({"ready": True, "schedules": self.schedules, "mails": self.mails})

    async def _schedule(self, request: web.Request) -> web.Response:
        body = await request.json()
        made = {
            "schedule_id": str(uuid4()), "time_zone": "Asia/Shanghai", "owner": self.me,
            "changed_by": self.me,
            "due_at": BEGAN.isoformat(), "changed_at": BEGAN.isoformat(), **body["schedule"],
        }  # fmt: skip
        self.schedules.append(made)
        return web.json_response(made, status=201)

    async def _act_on_schedule(self, request: web.Request) -> web.Response:
        wanted = request.match_info["schedule_id"]
        if request.match_info["act"] == "remove":
            self.schedules = [one for one in self.schedules if one["schedule_id"] != wanted]
            return web.Response(status=204)
        return web.json_response({"mails": 1}, status=202)

    async def _report(self, request: web.Request) -> web.Response:
        return web.json_response(self.reports[request.match_info["name"]])
