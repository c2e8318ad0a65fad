"""The room in the service: continues unfinished erasures and deletes data whose retention has ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from core.log import logger
from core.metrics import gauge
from core.room import Health
from core.storage import Storage, StorageAway
from core.tasks import Tasks
from privacy.ports import ForgetOperations
from privacy.service import Erasures
from privacy.settings import PrivacySettings
from privacy.store import Erasure

_log = logger("privacy")
_open = gauge("privacy_erasures_open", "Erasures of persons that are not done")

PRUNE_EVERY_S: Final = 3_600.0
LONGEST_PAUSE_S: Final = 300.0


class PrivacyRoom:
    name = "privacy"

    def __init__(
        self,
        settings: PrivacySettings,
        storage: Storage,
        erasures: Erasures,
        forget_operations: ForgetOperations,
    ) -> None:
        self._settings = settings
        self._storage = storage
        self.erasures = erasures
        self._forget_operations = forget_operations
        self._left: Sequence[Erasure] = ()
        self._tasks = Tasks("privacy")

    async def start(self) -> None:
        self._tasks.forever("go-on", self._go_on)
        self._tasks.forever("prune", self._prune)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Sequence[Health]:
        before = self._storage.clock.now() - timedelta(seconds=self._settings.late_s)
        late = [one for one in self._left if one.ordered_at < before]
        if not late:
            return (Health(self.name, "up"),)
        stores = ", ".join(sorted({name for one in late for name in one.open_steps}))
        why = f"{len(late)} erasure(s) are not done ({stores}): see songhua cdr erasures"
        return (Health(self.name, "degraded", why),)

    async def _go_on(self) -> None:
        """Each look reads every table and log: what waits for a person, as a legal hold does, is looked at
        ever less often.
        """
        shortest = pause = self._settings.resume_s
        while True:
            await self._storage.clock.sleep(pause)
            before = self._left
            try:
                self._left = await self.erasures.go_on_with_all()
            except StorageAway:
                continue  # it is written down, and waits
            _open.set(len(self._left))
            stuck = bool(self._left) and self._left == before
            pause = max(shortest, min(2 * pause, LONGEST_PAUSE_S)) if stuck else shortest

    async def _prune(self) -> None:
        while True:
            before = self._storage.clock.now() - timedelta(days=self._settings.operations_days)
            try:
                await self._forget_operations(before)
            except StorageAway:
                _log.warning("the database is away: old operations are forgotten later")
            await self._storage.clock.sleep(PRUNE_EVERY_S)
