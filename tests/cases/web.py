"""The room of cases behind its routes, and people who call them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx2 as httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from core.actor import Actor
from core.errors import SonghuaError, problem_of
from core.ids import uuid7
from core.storage import Storage
from tests.cases.rooms import Stage, stage


class Desk:
    """A desk that talks HTTP with one person signed in at a time."""

    def __init__(self, on: Stage, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.on = on
        self.app = app
        self._client = client

    async def __call__(self, who: Actor, method: str, path: str, **body: object) -> httpx.Response:
        return await self._client.request(
            method, f"/api{path}", json=body or None, headers={"x-user": who.id}
        )

    async def bring(self, who: Actor, path: str, data: bytes, kind: str = "image/jpeg") -> httpx.Response:
        """POST with these bytes as the body."""
        headers = {"x-user": who.id, "content-type": kind}
        return await self._client.post(f"/api{path}", content=data, headers=headers)

    async def post(self, who: Actor, path: str, **body: object) -> httpx.Response:
        return await self(who, "POST", path, op_id=str(uuid7()), **body)


@asynccontextmanager
async def desk_of(storage: Storage, people: Iterable[Actor], **more: Any) -> AsyncIterator[Desk]:
    """A desk at which each of these people may sign in; `more` are further ports of the room."""
    known = {actor.id: actor for actor in people}

    def signed_in(request: Request) -> Actor:
        return known[request.headers["x-user"]]

    on = stage(storage, signed_in, **more)
    app = FastAPI()
    for router in on.room.routers:
        app.include_router(router, prefix="/api")

    @app.exception_handler(SonghuaError)
    async def problem(_request: Request, error: SonghuaError) -> JSONResponse:
        return JSONResponse(problem_of(error).model_dump(), error.status)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield Desk(on, app, client)
