"""Limits how often one number may ask within an hour, against trying all codes. Bounded, in memory."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

from core.clock import Clock

HOUR_S: Final = 3600.0
MOST_NUMBERS: Final = 10_000
WITHHELD_FACTOR: Final = 10
"""Callers without a number share one limit, so many times as large."""


class HourlyLimit:
    """At most `most` in any hour for each number; beyond `MOST_NUMBERS` the one longest unheard gives way."""

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()

    def allow(self, number: str) -> bool:
        """Count one more, unless that is one too many."""
        now = self._clock.monotonic()
        times = self._asked.pop(number, None) or deque()
        while times and now - times[0] >= HOUR_S:
            times.popleft()
        allowed = len(times) < (self._most if number else self._most * WITHHELD_FACTOR)
        if allowed:
            times.append(now)
        self._asked[number] = times
        if len(self._asked) > MOST_NUMBERS:
            self._asked.popitem(last=False)
        return allowed
