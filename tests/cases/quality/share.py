"""A share of a small count, with how far it may lie from the truth."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z = 1.959964  # 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n`."""

    k: int
    n: int

    @property
    def value(self) -> float | None:
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
