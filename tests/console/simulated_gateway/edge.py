"""The edge of the simulated gateway: sessions, the live link, and one effect for each `op_id`.

Each workspace's part stands on it and adds its own state, routes and share of the snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from aiohttp import WSMsgType, web

from tests.console.simulated_gateway.answers import Json, now, problem
from tests.console.simulated_gateway.ledger import SimulatedLedger

# The same policy as the gateway's, without exceptions: whatever breaks it shows up as a console error.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self' ws://127.0.0.1:*; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
OPEN = {"/api/session", "/api/session/ways", "/api/unit/config", "/api/unit/enrolment"}
"""What is answered without a session."""


class SimulatedEdge:
    """`users` may sign in; `requests` is what the pages asked for."""

    def __init__(self) -> None:
        self.users: dict[str, Json] = {
            "li.na": {"id": "li.na", "name": "李娜", "roles": ["agent"]},
            "sun.li": {"id": "sun.li", "name": "孙丽", "roles": ["dispatcher"]},
            "zhao.qiang": {"id": "zhao.qiang", "name": "赵强", "roles": ["supervisor"]},
            "wang.wei": {"id": "wang.wei", "name": "王伟", "roles": ["acceptor"]},
        }
        self.requests: list[tuple[str, str, Any]] = []
        self.answers: dict[str, Json] = {}
        self.ledger = SimulatedLedger()
        self.url = ""
        self.reachable = True
        # What ends so is refused for this cause.
        self.refuse: dict[str, str] = {}
        # What ends so is done, and its answer never arrives.
        self.lose_answer_to: set[str] = set()
        self._sessions: dict[str, str] = {}
        self._sockets: dict[web.WebSocketResponse, int] = {}

    # What a test lets happen ---------------------------------------------------------------------

    async def tell(self, kind: str, /, **fields: Any) -> None:
        """One event to every desk."""
        event = {"type": kind, "version": 1, "id": str(uuid4()), "at": now(), **fields}
        for socket in list(self._sockets):
            self._sockets[socket] += 1
            await socket.send_json({"kind": "event", "seq": self._sockets[socket], "event": event})

    async def lose_an_event(self) -> None:
        """A sequence number that no desk ever sees."""
        for socket in self._sockets:
            self._sockets[socket] += 1

    async def cut(self) -> None:
        for socket in list(self._sockets):
            await socket.close()

    # What the pages ask for ----------------------------------------------------------------------

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.add_routes(self.routes())
        return app

    def routes(self) -> list[web.AbstractRouteDef]:
        """Of two that fit, the first answers: a part names what is fixed before what has a variable."""
        return [
            web.post("/api/session", self._sign_in),
            web.get("/api/session", self._who_am_i),
            web.get("/api/session/ways", self._ways),
            web.delete("/api/session", self._sign_out),
            web.get("/api/live", self._live),
            *self.ledger.routes(),
        ]

    def state(self) -> Json:
        """What a snapshot of the live link has."""
        return {"me": {}}

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not self.reachable and request.path.startswith("/api"):
            return problem(503, "away")
        for end, kind in self.refuse.items():
            if request.path.endswith(end):
                return problem(409, "refused", kind=kind)
        if request.method not in {"GET", "HEAD"} and request.headers.get("X-Songhua") != "1":
            return problem(403, "the header X-Songhua is missing")
        if request.path.startswith("/api/") and request.path not in OPEN:
            user = self.user_of(request)
            if user is None:
                return problem(401, "sign in first")
            self.ledger.me = user["id"]
            in_json = request.can_read_body and request.content_type == "application/json"
            body = await request.json() if in_json else None
            self.requests.append((request.method, request.path, body))
            op_id = body.get("op_id") if isinstance(body, Mapping) else None
            if op_id is not None and op_id in self.answers:
                # A browser sends again by itself what a reset connection left without an answer.
                return self._lost(request, web.json_response(self.answers[op_id]))
        answer: web.StreamResponse = await handler(request)
        self._lost(request, answer)
        if not answer.prepared:
            answer.headers["Content-Security-Policy"] = POLICY
        return answer

    def _lost(self, request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
        if any(request.path.endswith(end) for end in self.lose_answer_to) and request.transport is not None:
            request.transport.abort()
        return answer

    def user_of(self, request: web.Request) -> Json | None:
        return self.users.get(self._sessions.get(request.cookies.get("songhua_session", ""), ""))

    def once(self, body: Json, answer: Json) -> web.Response:
        self.answers[body["op_id"]] = answer
        return web.json_response(answer)

    async def _sign_in(self, request: web.Request) -> web.Response:
        body = await request.json()
        user = self.users.get(body["user"])
        if user is None or body["password"] != "correct-horse":
            return problem(401, "user or password is wrong")
        token = str(uuid4())
        self._sessions[token] = user["id"]
        answer = web.json_response({"user": user, "language": "zh"})
        answer.set_cookie("songhua_session", token, httponly=True, samesite="Strict")
        return answer

    async def _who_am_i(self, request: web.Request) -> web.Response:
        user = self.user_of(request)
        return (
            problem(401, "sign in first")
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
        await socket.send_json({"kind": "snapshot", "seq": self._sockets[socket], "state": self.state()})
