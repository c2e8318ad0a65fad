"""Health as figures: each part's state, so that whatever degrades is an alert without one of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from core.clock import Clock, SystemClock
from core.log import logger
from core.metrics import gauge
from core.room import Health
from core.tasks import Tasks

_log = logger("gateway")
_degraded = gauge("part_degraded", "1 while this part of the process is degraded; why: /api/health", ["part"])

LOOK_EVERY_S: Final = 5.0


class HealthFigures:
    name = "health-figures"

    def __init__(self, parts: Callable[[], Sequence[Health]], clock: Clock | None = None) -> None:
        self._parts = parts
        self._clock = clock or SystemClock()
        self._tasks = Tasks(self.name)
        self._bad: frozenset[str] = frozenset()

    async def start(self) -> None:
        self._tasks.forever("watch", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def look(self) -> None:
        """One look."""
        bad = set()
        for one in self._parts():
            _degraded.labels(one.part).set(one.state != "up")
            if one.state != "up":
                bad.add(one.part)
                if one.part not in self._bad:
                    _log.warning("a part is degraded", part=one.part, why=one.why)
        for part in sorted(self._bad - bad):
            _degraded.labels(part).set(0)
            _log.info("a part is well again", part=part)
        self._bad = frozenset(bad)

    async def _watch(self) -> None:
        while True:
            self.look()
            await self._clock.sleep(LOOK_EVERY_S)
