"""The disk of an SQLite database. PostgreSQL's is on its own machine: its own monitoring tells of it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Final

from core.clock import Clock, SystemClock
from core.log import logger
from core.metrics import UNKNOWN, gauge
from core.room import Health
from core.tasks import Tasks

_log = logger("gateway")
_free = gauge("storage_disk_free_bytes", "Free space where SQLite's database is")
_free.set(UNKNOWN)

LOOK_EVERY_S: Final = 15.0
_MB: Final = 1_000_000


class DatabaseDisk:
    """`warn_mb`: less free space is said in health, and once in the log."""

    name = "storage.disk"

    def __init__(self, file: Path, warn_mb: int, clock: Clock | None = None) -> None:
        self._folder = file.parent
        self._warn_mb = warn_mb
        self._clock = clock or SystemClock()
        self._tasks = Tasks(self.name)
        self._left_mb: int | None = None

    async def start(self) -> None:
        self._tasks.forever("watch", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Health:
        if not self._low:
            return Health(self.name, "up")
        why = f"{self._left_mb} MB left for the database in {self._folder}: free space now"
        return Health(self.name, "degraded", why)

    async def look(self) -> None:
        """One look."""
        before = self._low
        try:
            left = (await asyncio.to_thread(shutil.disk_usage, self._folder)).free
        except OSError:
            return  # the database is away then, and its part says so
        _free.set(left)
        self._left_mb = left // _MB
        if self._low and not before:
            _log.error("the disk of the database is nearly full", free_bytes=left)

    @property
    def _low(self) -> bool:
        return self._left_mb is not None and self._left_mb < self._warn_mb

    async def _watch(self) -> None:
        while True:
            await self.look()
            await self._clock.sleep(LOOK_EVERY_S)
