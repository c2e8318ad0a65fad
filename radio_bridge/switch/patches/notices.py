"""Everybody in a talkgroup hears by a tone that it is patched, and that it is so no more: who listens in its
conference, and the radios of its network. A tone waits for a floor that is idle, and is told once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Final

from core.errors import SonghuaError
from core.ids import uuid7
from core.log import logger
from core.metrics import counter
from core.tasks import Tasks
from radio_bridge.centre.floor.desk import DeskFloor
from radio_bridge.floor.ports import Notice
from radio_bridge.switch.conference.service import ConferenceService

_log = logger("radio_bridge")
_told = counter(
    "radio_bridge_patch_notices", "Tones about patches, by what became of them", ["notice", "fate"]
)

WAIT_S: Final = 30.0
"""A talk that lasts longer makes a tone pointless: whoever has talked since has read or heard it."""
LOOKED_S: Final = 0.1


class PatchNotices:
    name = "patch-notices"

    def __init__(self, conferences: ConferenceService, floor: DeskFloor) -> None:
        self._conferences = conferences
        self._floor = floor
        self._due: dict[str, tuple[Notice, str, float]] = {}
        """Of each talkgroup the newest, who has done what it tells of, and until when it may be told."""
        self._tasks = Tasks("patch-notices")

    async def start(self) -> None:
        """Each tone has a task of its own."""

    async def stop(self) -> None:
        await self._tasks.stop()

    def tell(self, group: str, notice: Notice, by: str) -> None:
        """At once, or as soon as nobody talks there. Does not wait."""
        waits = group in self._due
        self._due[group] = (notice, by, time.monotonic() + WAIT_S)
        if not waits and not self._tasks.spawn("tell", lambda: self._tell(group)):
            del self._due[group]

    async def _tell(self, group: str) -> None:
        try:
            while not self._floor.is_idle(group):
                if time.monotonic() > self._due[group][2]:
                    _told.labels(self._due[group][0], "late").inc()
                    return
                await asyncio.sleep(LOOKED_S)
            notice, by, _ = self._due[group]
        finally:
            del self._due[group]
        _told.labels(notice, "told").inc()
        await self._said(group, self._floor.tell(group, uuid7(), notice, by=by))
        await self._said(group, self._conferences.tell(group, notice))

    async def _said(self, group: str, said: Awaitable[None]) -> None:
        """Whoever is not told this time is not told later."""
        try:
            await said
        except SonghuaError as error:
            _log.info("a tone about a patch", error=error.kind, talkgroup=group)
