"""What a case counts for, and the rates of GB/T 30428.4 that are made of it. Pure.

Every count but `reworks` and `handling_s` is 0 or 1 of one case, so that a rate is a number of cases over
another, and each of the two is a list of cases. docs/evaluation.md defines them for readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cases.deadlines.model import CaseClock
from cases.dispatch.model import Dispatch
from cases.evaluation.figures import FIGURES
from cases.events import CaseState, DispatchStep
from cases.life.model import REOPENING, Case, CaseAction
from cases.life.store import CaseLogEntry

COUNTS: Final = (
    "received", "filed", "declined", "standing", "dispatched", "dispatched_in_time", "due", "handled",
    "handled_in_time", "overdue", "closed", "closed_in_time", "ever_done", "reworked", "returned",
    "repeated", "checked", "passed", "reworks", "handling_s",
)  # fmt: skip
"""Columns of a fact that are added up. `handling_s`: whole seconds from filing to the last *done*."""
SUMS: Final = frozenset({"reworks", "handling_s"})
"""Of these, a case may count more than one: they are no lists of cases."""

DIMENSIONS: Final = (
    "department", "district", "street", "cell", "beat", "person", "handler", "acceptor", "class", "source",
    "day",
)  # fmt: skip
"""What figures are cut by; each is a column of a fact."""


_WITHDRAWN: Final = frozenset({CaseState.CANCELLED, CaseState.HANDED_OVER, CaseState.MERGED})
"""Of a merged case, the one that goes on for it is handled."""
_HANDLED: Final = frozenset({CaseState.DONE, CaseState.VERIFIED, CaseState.CLOSED})
_SENT: Final = frozenset({"dispatch", "reassign"})
"""Lines of the log with which a dispatch begins."""
_REWORKS: Final = frozenset({*(one.value for one in REOPENING), "assignment_rework"})
"""Lines of the log with which work is sent back: all of it, or a department's while others are at theirs."""
_RETURNED: Final = frozenset({DispatchStep.DECLINED, DispatchStep.RETURNED})


@dataclass(frozen=True, slots=True)
class AssignmentFact:
    """One assignment of a case to a department. `returned`: the department gave it back (退单), which the
    centre did not refuse. `handler`: the person or unit to whom the host department gave it, empty where
    that has nobody; None of a department that is not the host.
    """

    assigned_at: datetime
    returned: bool
    handler: str | None = None


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """What is known of a case beside itself. `repeat_root`: the first of the complaints that it repeats."""

    log: Sequence[CaseLogEntry] = ()
    clocks: Sequence[CaseClock] = ()
    dispatches: Sequence[Dispatch] = ()
    assignments: Sequence[AssignmentFact] = ()
    host: str = ""
    repeat_root: UUID | None = None


@dataclass(frozen=True, slots=True)
class EvaluationRules:
    """`dispatch_within_s`: seconds from filing in which a case is dispatched in time."""

    dispatch_within_s: float = 900.0
    hours: float = 8.0


@dataclass(frozen=True, slots=True)
class EvaluationFact:
    """A case, or a report that was declined, as it counts. `attributes` are the columns beside the counts."""

    subject_id: UUID
    attributes: Mapping[str, Any]
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def row(self) -> dict[str, Any]:
        return {"subject_id": self.subject_id, **self.attributes, **_all(self.counts)}


def city_day_number(at: datetime, hours: float) -> int:
    """The city's day as yyyymmdd; its month is that without the last two digits."""
    day = (at + timedelta(hours=hours)).date()
    return day_number(day)


def day_number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def fact_of(case: Case, known: CaseHistory, rules: EvaluationRules) -> EvaluationFact:
    """What the case counts for now."""
    acts = [one for one in known.log if one.dispatch_id is None]
    withdrawn = case.state in _WITHDRAWN
    handled = case.state in _HANDLED
    overdue = not withdrawn and any(one.passed_at is not None for one in known.clocks)
    reworks = sum(one.act in _REWORKS for one in acts)
    verified = any(one.act == CaseAction.VERIFY for one in acts)
    sent = [
        *(one.at for one in known.log if one.dispatch_id is not None and one.act in _SENT),
        *(one.assigned_at for one in known.assignments),
    ]
    soon = timedelta(seconds=rules.dispatch_within_s)
    # A department's own unit answers to the department: it gave nothing back to the centre.
    returned = any(one.step in _RETURNED and one.assignment_id is None for one in known.dispatches) or any(
        one.returned for one in known.assignments
    )
    done = [one.at for one in acts if one.act == CaseAction.DONE]
    closed = case.state is CaseState.CLOSED
    counts = {
        "received": 1,
        "filed": 1,
        "standing": not withdrawn,
        "dispatched": bool(sent),
        "dispatched_in_time": not withdrawn and bool(sent) and min(sent) - case.filed_at <= soon,
        "due": handled or overdue,
        "handled": handled,
        "handled_in_time": handled and not overdue,
        "overdue": overdue,
        "closed": closed,
        "closed_in_time": closed and not overdue,
        "ever_done": handled or bool(done) or reworks > 0,
        "reworked": reworks > 0,
        "returned": returned,
        "repeated": known.repeat_root is not None,
        "checked": verified or reworks > 0,
        "passed": verified and not reworks,
        "reworks": reworks,
        "handling_s": max(0, int((max(done) - case.filed_at).total_seconds())) if handled and done else 0,
    }
    attributes = {
        "is_case": True,
        "filed_order": case.filed_order,
        "filed_at": case.filed_at,
        "day": city_day_number(case.filed_at, rules.hours),
        "district": case.district or "",
        "street": case.subdistrict or "",
        "cell": (case.cell or "")[:64],
        "beat": case.beat or "",
        "department": known.host,
        "class": case.category[:80],
        "source": case.source.value,
        "person": case.filed_by,
        "handler": next((one.handler for one in reversed(known.assignments) if one.handler is not None), ""),
        "acceptor": case.acceptor or "",
        "confidential": case.confidential,
        "repeat_root": known.repeat_root,
    }
    return EvaluationFact(case.case_id, attributes, {name: int(value) for name, value in counts.items()})


def added(some: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The sum of rows of counts."""
    total = dict.fromkeys(COUNTS, 0)
    for row in some:
        for name in COUNTS:
            total[name] += int(row[name] or 0)
    return total


def rates(counts: Mapping[str, int]) -> dict[str, float | None]:
    """Every figure; None where its denominator is 0."""
    return {
        name: counts[one.numerator] / counts[one.denominator] if counts[one.denominator] else None
        for name, one in FIGURES.items()
    }


def score(found: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """0 to 100: the weighted mean of the rates that have a weight and a value; a rate of which less is better
    counts from the other end. None without any.
    """
    known = [
        (weights[name], 1 - value if FIGURES[name].less_is_better else value)
        for name, value in found.items()
        if value is not None and weights.get(name, 0) > 0
    ]
    total = sum(weight for weight, _ in known)
    return 100 * sum(weight * value for weight, value in known) / total if total else None


def _all(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) for name in COUNTS}
