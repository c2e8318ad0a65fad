"""A figure of the bench `desk`: what was measured, its goal, and how a sample is summed up."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any


def quantile(values: list[float], share: float) -> float:
    """Nearest rank: a value that was measured. NaN of too few: of 20 values the slowest is no p99."""
    ordered = sorted(values)
    if len(ordered) * (1 - share) < 1 - 1e-9:
        return math.nan
    return ordered[int(share * len(ordered))]


@dataclass(frozen=True)
class DeskFigure:
    """`value` is good while it is at most `goal`, both in `unit`; `beside` is what to read it by."""

    part: str
    what: str
    value: float
    goal: float
    unit: str
    beside: str = ""

    @property
    def reached(self) -> bool:
        """False also of what was not measured."""
        return self.value <= self.goal

    def row(self) -> str:
        said = "not judged" if math.isnan(self.value) else "reached" if self.reached else "MISSED"
        value = f"{self.value:.4g} {self.unit}".strip()
        return f"| {self.part} | {self.what} | {value} | {self.goal:g} | {said} | {self.beside} |"

    def raw(self) -> dict[str, Any]:
        return {**asdict(self), "reached": self.reached}
