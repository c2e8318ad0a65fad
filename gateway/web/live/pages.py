"""Open pages: a lease for each person, renewed by every frame of the page.

A page that is closed is gone at once; one whose tab sleeps or whose machine is off, when its lease ends. The
lease begins with the first frame: a client that never sends one is there as long as its connection.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

from core.metrics import counter, gauge
from core.tasks import Tasks

_open = gauge("live_pages", "People whose page is open")
_lapsed = counter("live_pages_lapsed", "Pages that stayed connected and said nothing")

LEASE_S = 25.0
"""A page pings every 10 s."""
LOOK_EVERY_S = 1.0

Tell = Callable[[str, bool], None]


class Pages:
    """`tell` gets a person's id, and whether a page of his is there, each time that this changes."""

    name = "pages"

    def __init__(
        self, tell: Tell, *, lease_s: float = LEASE_S, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._tell = tell
        self._lease_s = lease_s
        self._now = now
        self._heard: dict[str, dict[object, float]] = {}
        self._here: set[str] = set()
        self._tasks = Tasks("pages")

    async def start(self) -> None:
        self._tasks.forever("leases", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def opened(self, person: str, page: object) -> None:
        self._heard.setdefault(person, {})[page] = math.inf
        self._settle(person)

    def heard(self, person: str, page: object) -> None:
        """A page has just sent something."""
        self._heard.setdefault(person, {})[page] = self._now()
        self._settle(person)

    def closed(self, person: str, page: object) -> None:
        pages = self._heard.get(person)
        if pages is None:
            return
        pages.pop(page, None)
        if not pages:
            del self._heard[person]
        self._settle(person)

    def look(self) -> None:
        """Find the leases that have ended."""
        for person in list(self._here):
            self._settle(person)

    def _settle(self, person: str) -> None:
        deadline = self._now() - self._lease_s
        pages = self._heard.get(person, {})
        here = any(heard >= deadline for heard in pages.values())
        if here == (person in self._here):
            return
        if here:
            self._here.add(person)
        else:
            self._here.discard(person)
            _lapsed.inc(bool(pages))
        _open.set(len(self._here))
        self._tell(person, here)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()
