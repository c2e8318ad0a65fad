"""How the parts of this bench tell their figures. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

Goal = tuple[bool, str]
"""Whether it is reached, and what it is with what was measured."""


def quantile(values: Sequence[float], share: float, lost: int = 0) -> float:
    """Nearest rank: a value that was measured; NaN without one. What is `lost` came later than all else."""
    ordered = sorted(values) + [math.inf] * lost
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.nan


def table(rows: Iterable[tuple[str, Sequence[float]]]) -> list[str]:
    """Titles with their milliseconds."""
    lines = ["| | n | p50 ms | p95 ms | max ms |", "|---|---|---|---|---|"]
    for title, values in rows:
        figures = [
            statistics.median(values) if values else math.nan,
            quantile(values, 0.95),
            max(values, default=math.nan),
        ]
        lines.append(f"| {title} | {len(values)} | " + " | ".join(f"{one:.1f}" for one in figures) + " |")
    return lines


def below(values: Sequence[float], goal_ms: float, what: str, lost: int = 0) -> Goal:
    """p95 below the goal; what never came counts as later than all else."""
    found = quantile(values, 0.95, lost)
    return found < goal_ms, f"{what}, p95 < {goal_ms:g} ms: {found:.1f} ms"


def ratio(ours: Sequence[float], bare: Sequence[float], share: float) -> float:
    """Ours for each one of the bare ones, by the same quantile; NaN without values."""
    return quantile(ours, share) / quantile(bare, share)
