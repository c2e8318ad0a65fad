"""A department's system that receives forms, written from docs/exchange.md alone: it checks each signature by
itself, keeps each form once, and can be down, away or rude.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.waiting import until


class DepartmentSystem:
    """`kept` are its forms by id, in the order of their arrival; `came` counts every request."""

    def __init__(self) -> None:
        self.secret = ""
        self.kept: dict[str, dict[str, Any]] = {}
        self.came = 0
        self.refused = 0
        self.answer = 204
        self.location = ""
        self.body: object = None
        """What it answers a list of orders with: a text as it is, all else as JSON."""
        self.port = 0
        self.hangs = False
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/forms?from=songhua"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        assert site._server is not None  # the port that was free
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def until_kept(self, count: int) -> None:
        await until(lambda: len(self.kept) >= count, f"{count} forms at the department")

    async def _take(self, request: web.Request) -> web.Response:
        self.came += 1
        body = await request.read()
        if self.hangs:
            await asyncio.sleep(60)
        if not self._genuine(request, body):
            self.refused += 1
            return web.Response(status=401)
        if 200 <= self.answer < 300:
            form = json.loads(body)
            assert form["form_id"] == request.headers["webhook-id"]
            self.kept.setdefault(form["form_id"], form)
            if form.get("form") == "order_list" and self.body is not None:
                told = self.body if isinstance(self.body, str) else json.dumps(self.body)
                return web.Response(status=self.answer, text=told)
        return web.Response(status=self.answer, headers={"Location": self.location} if self.location else {})

    def _genuine(self, request: web.Request, body: bytes) -> bool:
        stamp = request.headers.get("webhook-timestamp", "")
        if not stamp.isdigit() or abs(time.time() - int(stamp)) > 300:
            return False
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = b".".join([request.headers["webhook-id"].encode(), stamp.encode(), body])
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        given = request.headers.get("webhook-signature", "").split(" ")
        return any(hmac.compare_digest(wanted, one) for one in given)


@asynccontextmanager
async def department_system() -> AsyncIterator[DepartmentSystem]:
    system = DepartmentSystem()
    await system.start()
    try:
        yield system
    finally:
        await system.stop()
