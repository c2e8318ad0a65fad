"""A share of a small count, with how far it may lie from the truth."""

from __future__ import annotations

from math import sqrt

from pydantic import Field

from core.models import Strict

Z = 1.959964
"""95 %."""


class Proportion(Strict):
    """`k` of `n`."""

    k: int = Field(ge=0)
    n: int = Field(ge=0)

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; None of nothing."""
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, 95 %; everything is possible where nothing was counted."""
        if not self.n:
            return 0.0, 1.0
        p, z2 = self.k / self.n, Z * Z
        middle = (p + z2 / (2 * self.n)) / (1 + z2 / self.n)
        reach = Z / (1 + z2 / self.n) * sqrt(p * (1 - p) / self.n + z2 / (4 * self.n * self.n))
        low = 0.0 if self.k == 0 else max(0.0, middle - reach)
        high = 1.0 if self.k == self.n else min(1.0, middle + reach)
        return low, high

    def __str__(self) -> str:
        low, high = self.interval
        share = "–" if self.value is None else f"{self.value:.1%}"
        return f"{share} ({self.k}/{self.n}; {low:.0%}–{high:.0%})"
