"""The sessions behind the open sockets: when one ends, its sockets are closed within a second.

A socket is checked when it opens; signing out, an expiry, a switch-off or other roles come later, also by a
command on the machine. So all sessions of open sockets are looked up together, twice a second: one query,
however many desks there are, and none of them is prolonged by it. While the database is away the end that was
known last counts (decision 0176).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from core.actor import Actor
from core.clock import Clock
from core.metrics import counter
from core.storage import StorageAway
from core.tasks import Tasks

LOOK_EVERY_S = 0.5
_ended = counter("live_sessions_ended", "Open sockets whose session ended")


@dataclass(frozen=True, slots=True)
class SessionHolder:
    """The person of a session, and when it ends."""

    viewer: Actor
    until: datetime


@dataclass(eq=False, slots=True)
class _Socket:
    opened_by: Actor
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    until: datetime | None = None


Holders = Callable[[Collection[str]], Awaitable[Mapping[str, SessionHolder]]]
"""The holders of these tokens' sessions; those that are over are left out. May raise `StorageAway`."""


class OpenSessions:
    """A part of the role `centre`. `held` gives an event that is set when the session is over."""

    name = "live.sessions"

    def __init__(self, holders: Holders, clock: Clock) -> None:
        self._holders = holders
        self._clock = clock
        self._open: dict[str, set[_Socket]] = {}
        self._tasks = Tasks("live")

    async def start(self) -> None:
        self._tasks.forever("sessions", self._look_on)

    async def stop(self) -> None:
        await self._tasks.stop()

    @asynccontextmanager
    async def held(self, token: str, viewer: Actor) -> AsyncIterator[asyncio.Event]:
        mine = _Socket(viewer)
        self._open.setdefault(token, set()).add(mine)
        try:
            yield mine.ended
        finally:
            self._open[token].discard(mine)
            if not self._open[token]:
                del self._open[token]

    async def look(self) -> None:
        """End what is over."""
        asked = tuple(self._open)
        if not asked:
            return
        try:
            held = await self._holders(asked)
        except StorageAway:
            self._end_what_ran_out()
            return
        # Of a socket that was opened meanwhile nobody has been asked.
        for token in asked:
            holder = held.get(token)
            for socket in self._open.get(token, ()):
                if holder is None or _rights_of(holder.viewer) != _rights_of(socket.opened_by):
                    _end(socket)
                else:
                    socket.until = holder.until

    def _end_what_ran_out(self) -> None:
        now = self._clock.now()
        for socket in (one for sockets in self._open.values() for one in sockets):
            if socket.until is not None and socket.until <= now:
                _end(socket)

    async def _look_on(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)


def _rights_of(viewer: Actor) -> tuple[object, object]:
    return viewer.roles, viewer.scopes


def _end(socket: _Socket) -> None:
    if not socket.ended.is_set():
        _ended.inc()
        socket.ended.set()
