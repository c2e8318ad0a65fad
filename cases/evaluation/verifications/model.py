"""What a verification task counts for, and the rates that are made of it (GB/T 30428.4). Pure.

docs/evaluation.md defines the counts and figures for readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
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
_FINDINGS: Final = {
    VerificationFinding.CONFIRMED: "confirmed",
    VerificationFinding.NOT_FOUND: "not_found",
    VerificationFinding.DIFFERS: "differs",
}


@dataclass(frozen=True, slots=True)
class CountedTask:
    """A task as it counts. `case_id` is None for a draft that became no case. `expired`: its time was once
    found to be up; `district` is that of its case, empty where none is known. `hidden`: of a confidential
    case.
    """

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
    expired: bool

    def key(self, by: str) -> str:
        return self.unit_id if by == "unit" else self.beat

    @property
    def kind(self) -> VerificationKind:
        return "case" if self.draft_id is None else "draft"


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """Of one key, or of all. `median_s`: seconds from asking to the answer, None without one."""

    key: str
    name: str
    counts: Mapping[str, int]
    rates: Mapping[str, float | None]
    median_s: float | None


def counts_of(task: CountedTask, now: datetime) -> frozenset[str]:
    """The counts in which the task is. Due is what was answered, and what should have been by `now`; who
    declined it, or from whom it was taken back before its time was up, is neither in time nor late.
    """
    found = {"asked"}
    if task.answered_at is not None:
        found |= {"answered", "due", "in_time" if task.answered_at <= task.due_at else "late"}
        if task.finding is not None:
            found.add(_FINDINGS[task.finding])
    elif task.expired or (task.state in _LIVE and task.due_at < now):
        found |= {"unanswered", "due"}
    if task.state is VerificationState.DECLINED:
        found.add("declined")
    elif task.state is VerificationState.RECALLED:
        found.add("recalled")
    return frozenset(found)


_LIVE: Final = frozenset({VerificationState.ASKED, VerificationState.ACCEPTED})


def figures_of(key: str, name: str, tasks: Sequence[CountedTask], now: datetime) -> TaskFigures:
    counts = dict.fromkeys(TASK_COUNTS, 0)
    for task in tasks:
        for count in counts_of(task, now):
            counts[count] += 1
    rates = {
        figure: counts[one.numerator] / counts[one.denominator] if counts[one.denominator] else None
        for figure, one in TASK_FIGURES.items()
    }
    taken = [(one.answered_at - one.asked_at).total_seconds() for one in tasks if one.answered_at is not None]
    return TaskFigures(key, name, counts, rates, median(taken) if taken else None)


def grouped(tasks: Iterable[CountedTask], by: str) -> dict[str, list[CountedTask]]:
    """By inspector or by beat."""
    out: dict[str, list[CountedTask]] = {}
    for task in tasks:
        out.setdefault(task.key(by), []).append(task)
    return out
