"""What a verification task counts for, and the rates that are made of it (GB/T 30428.4). Pure.

docs/evaluation.md defines the counts and figures for readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
    found to be up, and nobody answered.
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


def figures_by(
    tasks: Iterable[CountedTask], by: str, now: datetime, name: Callable[[str, CountedTask], str]
) -> tuple[list[TaskFigures], TaskFigures]:
    """Of each inspector or beat, those with most tasks first, and of all. `name` is asked with a key and the
    first of its tasks.
    """
    total, tallies, names = _Tally(), dict[str, _Tally](), dict[str, str]()
    for task in tasks:
        key, counts = task.key(by), counts_of(task, now)
        if key not in tallies:
            tallies[key], names[key] = _Tally(), name(key, task)
        for tally in (tallies[key], total):
            tally.add(task, counts)
    rows = [tally.figures(key, names[key]) for key, tally in tallies.items()]
    rows.sort(key=lambda one: (-one.counts["asked"], one.key))
    return rows, total.figures("", "")


class _Tally:
    def __init__(self) -> None:
        self._counts = dict.fromkeys(TASK_COUNTS, 0)
        self._taken: list[float] = []

    def add(self, task: CountedTask, counts: Iterable[str]) -> None:
        for count in counts:
            self._counts[count] += 1
        if task.answered_at is not None:
            self._taken.append((task.answered_at - task.asked_at).total_seconds())

    def figures(self, key: str, name: str) -> TaskFigures:
        counts = self._counts
        rates = {
            figure: counts[one.numerator] / counts[one.denominator] if counts[one.denominator] else None
            for figure, one in TASK_FIGURES.items()
        }
        return TaskFigures(key, name, counts, rates, median(self._taken) if self._taken else None)
