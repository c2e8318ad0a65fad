"""How old the last good backup is, for health, metrics and an alert. A timer makes the backups."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from core.clock import Clock, SystemClock
from core.log import logger
from core.metrics import gauge
from core.room import Health
from core.tasks import Tasks
from gateway.backup.age import age_of
from gateway.backup.restic.receipt import age_there
from gateway.backup.settings import BackupSettings

_log = logger("gateway")
_age = gauge(
    "backup_age_seconds",
    "Since the last good backup began, in [backup] folder and in the repository of [backup.restic]",
    ["folder"],
)
_overdue = gauge(
    "backup_overdue",
    "1 while the last good backup is older than [backup] every_h, or there is none",
    ["folder"],
)

LOOK_EVERY_S = 60.0


class BackupPart:
    """Looks into the folder of the backups. Without one nothing is watched, and nothing is said."""

    name = "backup"

    def __init__(self, settings: BackupSettings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._tasks = Tasks("backup")
        self._why = ""

    async def start(self) -> None:
        if self._settings.folder is not None:
            await self.look(self._settings.folder)
            self._tasks.forever("watch", partial(self._watch, self._settings.folder))

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Health:
        return Health(self.name, "degraded", self._why) if self._why else Health(self.name, "up")

    async def look(self, folder: Path) -> None:
        """One look at every place. A repository is not asked: the receipt of the last sending is read."""
        now = self._clock.now()
        restic = self._settings.restic
        found = {str(folder): await asyncio.to_thread(age_of, folder, self._settings.every_h, now)}
        if restic is not None:
            found[restic.repository] = await asyncio.to_thread(
                age_there, folder, restic.repository, self._settings.every_h, now
            )
        why = "; ".join(one.why for one in found.values() if one.why)
        if why and not self._why:
            _log.error("the last good backup is old", why=why)
        self._why = why
        for place, one in found.items():
            _overdue.labels(place).set(bool(one.why))
            if one.age_s is not None:
                _age.labels(place).set(one.age_s)

    async def _watch(self, folder: Path) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            await self.look(folder)
