"""What a verification task counts for, and the rates that are made of it (GB/T 30428.4). Pure.

docs/evaluation.md defines the counts and figures for readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from cases.evaluation.figures import RateFormula
from cases.events import VerificationFinding, VerificationState

VerificationKind = Literal["all", "draft", "case"]
"""`draft`: asked before filing (核实); `case`: asked about work that was done (核查)."""
TASK_COUNTS: Final = (
    "asked", "due", "answered", "in_time", "late", "unanswered", "declined", "recalled", "confirmed",
    "not_found", "differs",
)  # fmt: skip
"""Each is 0 or 1 of one task."""
TASK_FIGURES: Final[Mapping[str, RateFormula]] = {
    "timely_verification_rate": RateFormula("in_time", "due"),
    "answer_rate": RateFormula("answered", "due"),
    "confirmed_rate": RateFormula("confirmed", "answered"),
}
TASK_DIMENSIONS: Final = ("unit", "beat")


@dataclass(frozen=True, slots=True)
class CountedTask:
    """A task as it counts. `case_id` is None for a draft that became no case."""

    task_id: UUID
    draft_id: UUID | None
    case_id: UUID | None
    unit_id: str
    unit_name: str
    beat: str
    state: VerificationState
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    finding: VerificationFinding | None


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """Of one key, or of all. `median_s`: seconds from asking to the answer, None without one."""

    key: str
    name: str
    counts: Mapping[str, int]
    rates: Mapping[str, float | None]
    median_s: float | None


def figures_of(key: str, name: str, counts: Mapping[str, int], median_s: float | None) -> TaskFigures:
    """The rates that these counts give."""
    rates = {
        figure: counts[one.numerator] / counts[one.denominator] if counts[one.denominator] else None
        for figure, one in TASK_FIGURES.items()
    }
    return TaskFigures(key, name, counts, rates, median_s)
