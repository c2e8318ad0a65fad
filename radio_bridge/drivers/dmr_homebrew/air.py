"""Bursts that wait for their turn on the air: one every 60 ms in each slot of each station. Pure, bounded."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from radio_bridge.codecs.dmrd import DataType, Frame

BURST_S: Final = 0.06
MOST_WAITING: Final = 1_000
"""Of one slot: a minute on the air."""

Slot = tuple[int, int]
"""Station and slot."""


class Air:
    """What is said as `source`."""

    def __init__(self, source: int, now: Callable[[], float], rng: random.Random) -> None:
        self._source = source
        self._now = now
        self._rng = rng
        self._waiting: dict[Slot, deque[Frame]] = {}
        self._due: dict[Slot, float] = {}
        self._seq = 0

    def put(self, where: Slot, target: int, bursts: Sequence[tuple[DataType, bytes]]) -> bool:
        """A private transmission to a radio; False when too much waits there already."""
        queue = self._waiting.setdefault(where, deque())
        if len(queue) + len(bursts) > MOST_WAITING:
            return False
        station, slot = where
        stream = self._rng.getrandbits(32)
        queue.extend(
            Frame(0, self._source, target, station, slot, True, stream, burst, kind) for kind, burst in bursts
        )
        return True

    def drop(self, station: int) -> None:
        """The station is gone, and what waits for it."""
        for where in [where for where in self._waiting if where[0] == station]:
            del self._waiting[where]
            self._due.pop(where, None)

    def waiting(self) -> int:
        """Frames that wait for their time slot."""
        return sum(map(len, self._waiting.values()))

    def wakeup(self) -> float | None:
        """When `due` has something (monotonic seconds), or None."""
        return min(
            (self._due.get(where, 0.0) for where, queue in self._waiting.items() if queue), default=None
        )

    def due(self) -> list[Frame]:
        """The bursts whose turn it is."""
        now = self._now()
        found: list[Frame] = []
        for where, queue in self._waiting.items():
            if queue and now >= self._due.get(where, 0.0):
                self._due[where] = now + BURST_S
                self._seq = (self._seq + 1) & 0xFF
                first = queue.popleft()
                found.append(_numbered(first, self._seq))
        return found


def _numbered(frame: Frame, seq: int) -> Frame:
    return Frame(
        seq, frame.source, frame.target, frame.repeater, frame.slot, frame.private, frame.stream, frame.burst,
        frame.data_type,
    )  # fmt: skip
