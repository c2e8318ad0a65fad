"""Drafts of cases, which the agent and the drafting write into: compare and set by `rev`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from aiohttp import web

from tests.console.simulated_gateway import citizen_reports, parts
from tests.console.simulated_gateway.answers import Json, now, problem
from tests.console.simulated_gateway.catalogue import BESIDES, FIELDS
from tests.console.simulated_gateway.ties import SimulatedTies


class SimulatedDrafts(SimulatedTies):
    """`drafts` by their ids; a confirmed one is a case."""

    def __init__(self) -> None:
        super().__init__()
        self.drafts: dict[str, Json] = {}
        self.report_offer: Json | None = None

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/calls/{call_id}/drafts", self._drafts_of),
            web.post("/api/calls/{call_id}/drafts", self._new_draft),
            *citizen_reports.routes(self),
            *parts.routes(self),
            web.get("/api/drafts/{draft_id}", self._get_draft),
            web.patch("/api/drafts/{draft_id}", self._edit),
            web.post("/api/drafts/{draft_id}/additional-problems", self._open_further),
            web.post("/api/drafts/{draft_id}/confirm", self._confirm),
        ]

    def state(self) -> Json:
        free = [one for one in self.drafts.values() if one["call_id"] is None and one["taken_by"] is None]
        return super().state() | {
            "drafts": [one for one in self.drafts.values() if one["call_id"] is not None],
            "reports_waiting": len(free),
            "reports_oldest": min((one.get("since") or now() for one in free), default=None),
            "report_offer": self.report_offer,
        }

    # What a test lets happen ---------------------------------------------------------------------

    def report(self, draft_id: str, *, source: str, taken_by: str | None, **fields: str) -> None:
        """A draft without a call, with these values."""
        draft = self._draft(None, draft_id) | {"source": source, "taken_by": taken_by}
        for name, value in fields.items():
            draft["fields"][name] |= {"value": value, "confidence": 1.0, "shown": "sure", "rev": 1}
        self.drafts[draft_id] = draft

    async def offers_report(
        self, draft_id: str, *, agent_id: str = "li.na", urgency: str = "normal", seconds: float = 30
    ) -> None:
        """A report that waits is offered to this agent."""
        at = datetime.now(UTC)
        self.report_offer = {
            "draft_id": draft_id, "until": (at + timedelta(seconds=seconds)).isoformat(),
            "source": self.drafts[draft_id]["source"], "urgency": urgency,
            "waiting_since": (at - timedelta(minutes=4)).isoformat(), "category_name": "雨水井盖",
            "category_name_en": "storm drain manhole cover", "district_name": "南岗区",
        }  # fmt: skip
        await self.tell("cases.report_offered", agent_id=agent_id, offer=self.report_offer)

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

    # What the pages ask for ----------------------------------------------------------------------

    async def _drafts_of(self, request: web.Request) -> web.Response:
        call_id = request.match_info["call_id"]
        return web.json_response({"drafts": [d for d in self.drafts.values() if d["call_id"] == call_id]})

    async def _new_draft(self, request: web.Request) -> web.Response:
        body = await request.json()
        draft = self._draft(request.match_info["call_id"], str(uuid4()))
        self.drafts[draft["draft_id"]] = draft
        return self.once(body, draft)

    async def _open_further(self, request: web.Request) -> web.Response:
        body = await request.json()
        told = self.drafts[request.match_info["draft_id"]]
        told["additional_problems"] = [
            one for one in told["additional_problems"] if one["category"] != body["category"]
        ]
        draft = self._draft(told["call_id"], str(uuid4())) | {"about": body["category"]}
        self.drafts[draft["draft_id"]] = draft
        await self.tell("cases.draft_changed", call_id=told["call_id"], draft=told)
        return self.once(body, draft)

    async def _get_draft(self, request: web.Request) -> web.Response:
        return web.json_response(self.drafts[request.match_info["draft_id"]])

    async def _edit(self, request: web.Request) -> web.Response:
        body = await request.json()
        draft = self.drafts[request.match_info["draft_id"]]
        field = draft["fields"][body["field"]]
        if body["rev"] != field["rev"]:
            return problem(409, "the field was changed meanwhile")
        user = self.user_of(request) or {}
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
        return self.once(body, draft)

    async def _confirm(self, request: web.Request) -> web.Response:
        body = await request.json()
        draft = self.drafts[request.match_info["draft_id"]]
        if draft["state"] != "open":
            return problem(409, "the draft was already decided", kind="draft-closed")
        values = {name: draft["fields"][name]["value"] for name in (*FIELDS, *BESIDES)}
        missing = [name for name in ("category", "description") if not values[name]]
        if missing:
            return problem(422, "the draft lacks what a case needs", missing=",".join(missing))
        case = self.case_of(values, draft["call_id"], len(self.cases) + 1)
        self.cases[case["case_id"]] = case
        draft |= {"state": "confirmed", "case_id": case["case_id"]}
        await self.tell("cases.case_filed", call_id=draft["call_id"], draft_id=draft["draft_id"], case=case)
        await self.tell("cases.draft_changed", call_id=draft["call_id"], draft=draft)
        return self.once(body, case)

    # The shapes of things ------------------------------------------------------------------------

    def _draft(self, call_id: str | None, draft_id: str) -> Json:
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
            "source": "telephone",
            "taken_by": None,
            "holder": "",
            "holder_name": "",
        }
