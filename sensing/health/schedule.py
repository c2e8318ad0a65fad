"""When each camera is asked whether it answers. Pure, on a given clock in seconds.

Cameras are spread over the interval, and two questions to one camera are at least the interval apart; a tenth
more, by the camera, so that they do not fall into step.
"""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Collection
from typing import Final

JITTER: Final = 0.1


class HealthSchedule:
    """`every_s` is the interval; at most `at_once` questions are open."""

    def __init__(self, every_s: float, at_once: int) -> None:
        self._every_s = every_s
        self._at_once = at_once
        self._due: dict[str, float] = {}
        """The next time of every camera that was ever known: one that comes back is not asked early."""
        self._waiting: list[tuple[float, str]] = []
        self._known: frozenset[str] = frozenset()
        self._open: set[str] = set()

    def use(self, codes: Collection[str], now: float) -> None:
        """These cameras are asked from now on, and no others."""
        known = frozenset(codes)
        if known == self._known:
            return
        for code in known - self._known:
            self._due.setdefault(code, now + _share(code) * self._every_s)
        self._known = known
        self._waiting = [(self._due[code], code) for code in known - self._open]
        heapq.heapify(self._waiting)

    def start(self, now: float) -> list[str]:
        """Cameras to ask now, those that are late the longest first. Say `ended` of each."""
        found = []
        while self._waiting and len(self._open) < self._at_once and self._waiting[0][0] <= now:
            _, code = heapq.heappop(self._waiting)
            self._due[code] = now + self._every_s * (1 + JITTER * _share(code))
            self._open.add(code)
            found.append(code)
        return found

    def ended(self, code: str) -> None:
        """The question to this camera is over."""
        if code in self._open:
            self._open.remove(code)
            if code in self._known:
                heapq.heappush(self._waiting, (self._due[code], code))


def _share(code: str) -> float:
    """From 0 to below 1, the same for a camera each time."""
    return zlib.crc32(code.encode()) / (1 << 32)
