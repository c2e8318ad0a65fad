"""The windows of all queues: pure. Each call is counted as answered once, whoever speaks in it later."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Final

from hotline.metrics.window import Happened, SlidingDay, WindowSums

MOST_QUEUES: Final = 200
"""Queues that have figures of their own; what happens in others is counted in the total only."""


class QueueMetrics:
    """`short_s`: who gives up sooner than that is counted nowhere. `now` must not go far back."""

    def __init__(self, zone: tzinfo = UTC, *, short_s: float = 5.0) -> None:
        self._zone = zone
        self._short_s = short_s
        self._windows: dict[str, SlidingDay] = {}

    @property
    def queues(self) -> list[str]:
        """Names of queues that have numbers."""
        return sorted(name for name in self._windows if name)

    def answered(self, queue: str, wait_s: float | None, at: float, now: float) -> None:
        """A call was answered after `wait_s` seconds in the queue; `at` is a Unix second."""
        self._window(queue).add(Happened(at, "answered", wait_s), now)

    def abandoned(self, queue: str, wait_s: float, at: float, now: float) -> None:
        """A caller gave up after `wait_s` seconds; very short waits do not count."""
        if wait_s >= self._short_s:
            self._window(queue).add(Happened(at, "abandoned", wait_s), now)

    def talked(self, queue: str, talk_s: float, at: float, now: float) -> None:
        """A conversation of `talk_s` seconds ended."""
        self._window(queue).add(Happened(at, "talk", max(0.0, talk_s)), now)

    def of(self, queue: str, now: float) -> tuple[WindowSums, WindowSums]:
        """(the last 24 hours, today) of one queue."""
        window = self._windows.get(queue)
        return (WindowSums(), WindowSums()) if window is None else window.sums(now)

    def total(self, now: float) -> tuple[WindowSums, WindowSums]:
        last_24h, today = WindowSums(), WindowSums()
        for window in self._windows.values():
            one, other = window.sums(now)
            last_24h += one
            today += other
        return last_24h, today

    def _window(self, queue: str) -> SlidingDay:
        window = self._windows.get(queue)
        if window is None:
            if len(self._windows) >= MOST_QUEUES:
                queue = ""
            window = self._windows.setdefault(queue, SlidingDay(self._zone))
        return window
