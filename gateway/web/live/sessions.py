"""The sessions behind the open sockets: when one ends, its sockets are closed within a second.

A socket is checked when it opens; signing out, an expiry, a switch-off or other roles come later, also by a
command on the machine. So all sessions of open sockets are looked up together, twice a second: one query,
however many desks there are, and none of them is prolonged by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress

from core.actor import Actor
from core.metrics import counter
from core.storage import StorageAway
from core.tasks import Tasks

LOOK_EVERY_S = 0.5
_ended = counter("live_sessions_ended", "Open sockets whose session ended")

Holders = Callable[[Collection[str]], Awaitable[Mapping[str, Actor]]]
"""Whose the sessions of these tokens are now; those that are over are left out."""


class OpenSessions:
    """A part of the role `centre`. `held` gives an event that is set when the session is over."""

    name = "live.sessions"

    def __init__(self, holders: Holders) -> None:
        self._holders = holders
        self._open: dict[str, list[tuple[Actor, asyncio.Event]]] = {}
        self._tasks = Tasks("live")

    async def start(self) -> None:
        self._tasks.forever("sessions", self._look_on)

    async def stop(self) -> None:
        await self._tasks.stop()

    @asynccontextmanager
    async def held(self, token: str, viewer: Actor) -> AsyncIterator[asyncio.Event]:
        mine = (viewer, asyncio.Event())
        self._open.setdefault(token, []).append(mine)
        try:
            yield mine[1]
        finally:
            self._open[token].remove(mine)
            if not self._open[token]:
                del self._open[token]

    async def look(self) -> None:
        """End what is over. Raises `StorageAway` when nothing can be known."""
        if not self._open:
            return
        now = await self._holders(tuple(self._open))
        for token, sockets in list(self._open.items()):
            for viewer, ended in sockets:
                holder = now.get(token)
                if not ended.is_set() and (holder is None or holder.roles != viewer.roles):
                    _ended.inc()
                    ended.set()

    async def _look_on(self) -> None:
        while True:
            # While the database is away, requests are served from memory too (decision 0176).
            with suppress(StorageAway):
                await self.look()
            await asyncio.sleep(LOOK_EVERY_S)
