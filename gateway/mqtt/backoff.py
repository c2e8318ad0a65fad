"""The pause before the next attempt: doubles up to a cap, and is jittered so that a city of terminals
does not come back in one instant.
"""

from __future__ import annotations

import random


class Backoff:
    """Pauses between half of and the whole step; the step doubles from `first_s` to `cap_s` (seconds)."""

    def __init__(self, first_s: float, cap_s: float, *, rng: random.Random | None = None) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._rng = rng or random.Random()  # noqa: S311  # spreads load, guards nothing
        self._failures = 0

    def next(self) -> float:
        step = min(self._cap_s, self._first_s * 2.0 ** min(self._failures, 32))
        self._failures += 1
        return step * (0.5 + 0.5 * self._rng.random())

    def reset(self) -> None:
        """A connection stood: the next failure waits the shortest time."""
        self._failures = 0
