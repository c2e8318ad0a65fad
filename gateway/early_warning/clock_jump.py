"""Notices when the machine's clock is set: times in the ledger before and after do not fit together then.

Deadlines inside a process are on the monotonic clock and do not move with it.
"""

from __future__ import annotations

from typing import Final

from core.clock import Clock, SystemClock
from core.log import logger
from core.metrics import counter, gauge
from core.room import Health
from core.tasks import Tasks

_log = logger("gateway")
_jumps = counter("clock_jumps", "Times that the machine's clock was set by more than 2 s", ["direction"])
_last = gauge("clock_last_jump_seconds", "By how much the machine's clock was last set; negative: back")

LOOK_EVERY_S: Final = 5.0
JUMP_S: Final = 2.0
"""NTP corrects less than this by running faster or slower."""
MOMENT_S: Final = 0.1
READINGS: Final = 10
SAID_FOR_S: Final = 3_600.0
"""So long health says it: whoever reads the records of that hour has to know."""


class ClockWatch:
    name = "clock"

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._tasks = Tasks(self.name)
        for way in ("forward", "back"):
            _jumps.labels(way)  # shown from the start, as 0
        self._offset = self._ahead()
        self._jumped_at: float | None = None
        self._by = 0.0

    async def start(self) -> None:
        self._offset = self._ahead()
        self._tasks.forever("watch", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Health:
        if self._jumped_at is None or self._clock.monotonic() - self._jumped_at > SAID_FOR_S:
            return Health(self.name, "up")
        way = "forward" if self._by > 0 else "back"
        return Health(
            self.name,
            "degraded",
            f"the machine's clock went {way} by {abs(self._by):.0f} s within the last hour: see its time "
            "service (timedatectl timesync-status); times of that hour's records do not fit together",
        )

    def look(self) -> None:
        """One look."""
        ahead = self._ahead()
        by, self._offset = ahead - self._offset, ahead
        if abs(by) < JUMP_S:
            return
        self._by, self._jumped_at = by, self._clock.monotonic()
        _jumps.labels("forward" if by > 0 else "back").inc()
        _last.set(by)
        _log.error("the machine's clock was set", seconds=round(by, 1))

    def _ahead(self) -> float:
        """Of both clocks read in one moment: a process that was held up between would see a jump."""
        for _ in range(READINGS):
            before = self._clock.monotonic()
            wall = self._clock.now().timestamp()
            if self._clock.monotonic() - before < MOMENT_S:
                break
        return wall - before

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            self.look()
