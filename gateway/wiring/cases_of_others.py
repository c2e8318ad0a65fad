"""What other centres did with cases, for the desks of this one: read from the events they have handled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from core.events import Event, parse
from core.storage import Storage, StorageAway
from core.storage.schema import outbox
from core.tasks import Tasks
from gateway.settings import Settings

LOOK_EVERY_S: Final = 1.0
OVERLAP: Final = timedelta(seconds=5)
"""Looked at again: what was handled at one time is not committed at one time."""
MOST: Final = 1_000
CASES: Final = "cases."


class CasesOfOthers:
    """Desks show an event once its own centre has handled it, and nobody here acts upon it. Lossy, as live
    events are: after an outage a desk reads anew.
    """

    name = "cases-of-others"

    def __init__(
        self, settings: Settings, storage: Storage, show: Callable[[Event], Awaitable[None]]
    ) -> None:
        others = {"centre", *(f"centre:{name}" for name in settings.switch.beside)}
        self._origins = sorted(others - {settings.origin("centre")}) if settings.switch.beside else []
        self._storage = storage
        self._show = show
        # By the clock of the machine that handled them.
        self._since = dict.fromkeys(self._origins, storage.clock.now())
        self._seen: dict[UUID, datetime] = {}
        self._tasks = Tasks(self.name)

    async def start(self) -> None:
        if self._origins:
            self._tasks.forever("follow", self._follow)

    async def stop(self) -> None:
        await self._tasks.stop()

    async def look(self) -> None:
        """Show what is new. Raises `StorageAway`."""
        for origin in self._origins:
            await self._look_at(origin)
        oldest = min(self._since.values(), default=self._storage.clock.now()) - 2 * OVERLAP
        self._seen = {one: at for one, at in self._seen.items() if at > oldest}

    async def _look_at(self, origin: str) -> None:
        since = self._since[origin]
        wanted = (
            select(outbox.c.event_id, outbox.c.envelope, outbox.c.done_at)
            .where(
                outbox.c.origin == origin,
                outbox.c.destination == "bus",
                outbox.c.done_at > since - OVERLAP,
            )
            .order_by(outbox.c.done_at, outbox.c.seq)
            .limit(MOST)
        )
        async with self._storage.read() as connection:
            rows = (await connection.execute(wanted)).all()
        for row in rows:
            if row.event_id in self._seen or not str(row.envelope.get("type", "")).startswith(CASES):
                continue
            self._seen[row.event_id] = row.done_at
            with contextlib.suppress(KeyError, ValueError):  # of a version that this one does not know
                await self._show(parse(row.envelope))
        if rows:
            # Of more than are read at once the next look begins behind them.
            self._since[origin] = rows[-1].done_at + (OVERLAP if len(rows) == MOST else timedelta())

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(StorageAway):
                await self.look()
            await asyncio.sleep(LOOK_EVERY_S)
