"""Bindings of staff to WeChat, and codes."""

from __future__ import annotations

from uuid import uuid4

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, now
from tests.console.simulated_gateway.edge import SimulatedEdge

CODE = "abcd2345"


class SimulatedWeChatStaff(SimulatedEdge):
    """`bindings` are who is bound; `wechat_on`: the account is on for staff."""

    def __init__(self) -> None:
        super().__init__()
        self.wechat_on = True
        self.bindings: list[Json] = []

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/users", self._people),
            web.get("/api/account", self._account),
            web.get("/api/account/passkeys", self._passkeys),
            web.get("/api/account/sessions", self._own_sessions),
            web.get("/api/account/tokens", self._own_tokens),
            web.get("/api/wechat/own", self._own),
            web.post("/api/wechat/own/code", self._code),
            web.post("/api/wechat/own/unbind", self._own_end),
            web.get("/api/wechat/bindings", self._bindings),
            web.post("/api/wechat/codes", self._code),
            web.post("/api/wechat/bindings/{binding_id}/unbind", self._end),
        ]

    # What a test lets happen ---------------------------------------------------------------------

    def bound(self, kind: str, member: str, name: str, *, silent: bool = False) -> str:
        binding_id = str(uuid4())
        self.bindings.append({
            "binding_id": binding_id, "kind": kind, "member": member, "name": name, "bound_at": now(),
            "code_by": "li.na", "silent_since": now() if silent else None,
        })  # fmt: skip
        return binding_id

    # What the pages ask for ----------------------------------------------------------------------

    async def _people(self, _request: web.Request) -> web.Response:
        rest: Json = {"active": True, "endpoint": None, "skills": {}, "scopes": {}}
        return web.json_response({"users": [{**one, **rest} for one in self.users.values()]})

    async def _account(self, request: web.Request) -> web.Response:
        user = (self.user_of(request) or {}) | {"language": "zh"}
        factor = {"on": False, "passkeys": 0, "since": None, "recovery_codes_left": 0, "required": False}
        return web.json_response({"user": user, "second_factor": factor})

    async def _passkeys(self, _request: web.Request) -> web.Response:
        return web.json_response({"passkeys": [], "available": False})

    async def _own_sessions(self, _request: web.Request) -> web.Response:
        return web.json_response({"sessions": []})

    async def _own_tokens(self, _request: web.Request) -> web.Response:
        return web.json_response({"tokens": [], "may_make": False, "longest_days": 0})

    async def _bindings(self, _request: web.Request) -> web.Response:
        return web.json_response({"enabled": self.wechat_on, "bindings": self.bindings})

    async def _own(self, request: web.Request) -> web.Response:
        me = (self.user_of(request) or {}).get("id")
        mine = [one for one in self.bindings if one["member"] == me]
        return web.json_response({"enabled": self.wechat_on, "bindings": mine})

    async def _code(self, request: web.Request) -> web.Response:
        return self.once(await request.json(), {"code": CODE, "expires_at": now()})

    async def _own_end(self, request: web.Request) -> web.Response:
        me = (self.user_of(request) or {}).get("id")
        self.bindings = [one for one in self.bindings if one["member"] != me]
        return web.json_response(None)

    async def _end(self, request: web.Request) -> web.Response:
        gone = request.match_info["binding_id"]
        self.bindings = [one for one in self.bindings if one["binding_id"] != gone]
        return web.json_response(None)
