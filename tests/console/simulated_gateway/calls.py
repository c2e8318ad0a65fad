"""Calls, as the workspace of the same name sees them: rings, agents and their phone, words, outcomes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, none_of, now, one_of
from tests.console.simulated_gateway.edge import SimulatedEdge


class SimulatedCalls(SimulatedEdge):
    """`calls`, `agents` and `segments` are what the pages see; `dispositions` is what they said."""

    def __init__(self) -> None:
        super().__init__()
        self.agents = {"li.na": self._agent("signed_out")}
        self.calls: dict[str, Json] = {}
        self.segments: list[Json] = []
        self.dispositions: dict[str, Json] = {}
        self.offer: Json | None = None
        self.claim: dict[str, Any] = {}
        # No phone in the browser: this person answers on another one.
        self.phone = {"endpoint": "agent-1", "uri": "", "ws_url": "", "user": "", "password": "", "realm": ""}

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/phone", self._phone),
            web.get("/api/agents/me/phone", self._phone_claim),
            web.post("/api/agents/me/phone/{act}", self._phone_claimed),
            web.post("/api/agents/me/{act}", self._agent_act),
            web.get("/api/calls/{call_id}", self._get_call),
            web.get("/api/calls/{call_id}/transcript", self._transcript),
            web.get("/api/handovers", none_of("handovers")),
            web.post("/api/calls/{call_id}/disposition", self._disposition),
            web.post("/api/calls/{call_id}/{act:hold|resume}", self._hold),
            web.post("/api/calls/{call_id}/help/accept", self._accept_help),
            web.post("/api/callbacks/{callback_id}/{act:accept|decline}", self._callback_act),
        ]

    def state(self) -> Json:
        return super().state() | {
            "calls": list(self.calls.values()),
            "queues": [{"queue": "hotline", "waiting": 1, "longest_since": now(), "members": 2, "ready": 1}],
            "agents": list(self.agents.values()),
            "segments": self.segments,
            "callback_offer": self.offer,
        }

    # What a test lets happen ---------------------------------------------------------------------

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

    async def becomes(self, call_id: str, state: str) -> None:
        call = self.calls[call_id]
        call["state"] = state
        await self.tell("hotline.call_changed", call_id=call_id, call=call)

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

    # What the pages ask for ----------------------------------------------------------------------

    async def _get_call(self, request: web.Request) -> web.Response:
        return one_of(self.calls.values(), "call_id", request.match_info["call_id"])

    async def _transcript(self, request: web.Request) -> web.Response:
        call_id = request.match_info["call_id"]
        return web.json_response(
            {"segments": [s for s in self.segments if s["call_id"] == call_id], "gaps": []}
        )

    async def _disposition(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.dispositions[request.match_info["call_id"]] = body
        return self.once(body, {"call_id": request.match_info["call_id"], "kind": body["kind"]})

    async def _hold(self, request: web.Request) -> web.Response:
        body = await request.json()
        call_id, act = request.match_info["call_id"], request.match_info["act"]
        await self.becomes(call_id, "hold" if act == "hold" else "talking")
        return self.once(body, {"call_id": call_id, "verb": act, "outcome": "done"})

    async def _accept_help(self, request: web.Request) -> web.Response:
        body = await request.json()
        call = self.calls[request.match_info["call_id"]]
        call["help"] |= {"accepted_by": "zhao.qiang", "accepted_at": now()}
        await self.tell("hotline.help_changed", call_id=call["call_id"], help=call["help"])
        return self.once(body, {"call_id": call["call_id"], "verb": "help-accept", "outcome": "done"})

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
        return self.once(body, {"callback_id": callback_id})

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

    # The shapes of things ------------------------------------------------------------------------

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
