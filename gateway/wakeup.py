"""The one timer of a session with its own clock, set to the session's next wake-up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.clock import Clock


class Wakeup:
    """`tick` is called once when the moment has come; it is set anew after whatever the session took."""

    def __init__(self, clock: Clock, tick: Callable[[], None]) -> None:
        self._clock = clock
        self._tick = tick
        self._handle: asyncio.TimerHandle | None = None
        self._at: float | None = None

    def set(self, at: float | None) -> None:
        """Move it to `at` (monotonic seconds), or take it away with None."""
        if at == self._at:
            return
        self.cancel()
        self._at = at
        if at is not None:
            delay = max(0.0, at - self._clock.monotonic())
            self._handle = asyncio.get_running_loop().call_later(delay, self._ring)

    def cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._at = None

    def _ring(self) -> None:
        self._handle = self._at = None
        self._tick()
