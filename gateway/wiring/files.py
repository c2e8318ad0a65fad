"""Files and folders as a part of the process: looked at before the others start, and while they run."""

from __future__ import annotations

import asyncio

from core.clock import Clock, SystemClock
from core.log import logger
from core.metrics import gauge
from core.room import Health
from core.tasks import Tasks
from gateway import needed_files
from gateway.settings import RoleName, Settings

_log = logger("gateway")
_unusable = gauge("files_unusable", "Files and folders that the role needs and cannot use", ["what"])

LOOK_EVERY_S = 10.0


class FilesPart:
    """A place that cannot be used ends nothing: calls go on, and health says what is lost meanwhile."""

    name = "files"

    def __init__(self, settings: Settings, role: RoleName, clock: Clock | None = None) -> None:
        self._settings = settings
        self._role = role
        self._clock = clock or SystemClock()
        self._tasks = Tasks("files")
        self._troubles: tuple[str, ...] = ()
        self._counted: set[str] = set()

    async def start(self) -> None:
        await self.look()
        self._tasks.forever("watch", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Health:
        if not self._troubles:
            return Health(self.name, "up")
        return Health(self.name, "degraded", ". ".join(self._troubles))

    async def look(self) -> None:
        found = await asyncio.to_thread(self._find)
        told = tuple(str(one) for one in found)
        if told != self._troubles:
            for one in found:
                _log.error(
                    "a file or folder cannot be used",
                    what=one.place.what, path=str(one.place.path), why=one.why, remedy=one.remedy,
                )  # fmt: skip
        self._troubles = told
        each = [one.place.what for one in found]
        for what in self._counted | set(each):
            _unusable.labels(what).set(each.count(what))
        self._counted |= set(each)

    def _find(self) -> list[needed_files.PathTrouble]:
        return needed_files.find(needed_files.places(self._settings, self._role))

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            await self.look()
