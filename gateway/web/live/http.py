"""The WebSocket route `/api/live`: same origin, signed in, then served by the hub."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.requests import HTTPConnection

from core.actor import Actor
from core.errors import Unauthenticated
from core.listening import Addresses
from core.routes import RoomRouter
from gateway.web.live.crowd import TOO_MANY_OF_PERSON
from gateway.web.live.hub import Hub
from gateway.web.live.sessions import OpenSessions
from gateway.web.peer import address_of

POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013
TOO_MANY_PAGES = 4008
"""Our own code: the desk tells its person that he has too many pages open."""
CLOSE_S = 1.0


def same_origin(origin: str | None, host: str | None) -> bool:
    """A browser always sends Origin; a program without one is no browser and carries its own cookie."""
    return origin is None or (host is not None and urlsplit(origin).netloc == host)


def router(
    hub: Hub,
    viewer_of: Callable[[str | None], Awaitable[Actor]],
    token_of: Callable[[HTTPConnection], str | None],
    sessions: OpenSessions,
    trusted: Addresses | None = None,
) -> APIRouter:
    """`token_of`: of the session, or of a program. `trusted`: proxies whose word about an address counts."""
    routes = RoomRouter()

    @routes.websocket("/live")
    async def live(socket: WebSocket) -> None:
        if not same_origin(socket.headers.get("origin"), socket.headers.get("host")):
            await socket.close(POLICY_VIOLATION, "another origin")
            return
        token = token_of(socket)
        try:
            viewer = await viewer_of(token)
        except Unauthenticated:
            await socket.close(POLICY_VIOLATION, "sign in first")
            return
        await socket.accept()
        try:
            async with sessions.held(token or "", viewer) as ended:
                address = address_of(socket.scope, trusted or Addresses())
                why = await hub.serve(viewer, socket, ended, address)
        except (WebSocketDisconnect, RuntimeError):
            # RuntimeError is Starlette's word for a send after the client went away.
            return
        # Who takes nothing does not take this either: then the server cuts the connection.
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await socket.close(_code(why, ended=ended.is_set()), why)

    return routes


def _code(why: str, *, ended: bool) -> int:
    if ended:
        return POLICY_VIOLATION
    return TOO_MANY_PAGES if why == TOO_MANY_OF_PERSON else TRY_AGAIN_LATER
