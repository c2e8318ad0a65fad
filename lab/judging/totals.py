"""What the holdouts come to: totals of each, and the single misses of those that may be seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from cases.drafting import Draft
from cases.learning.shares import Proportion
from lab.corpora.calls import CallSet, Report
from lab.judging.judge import Mark, judge
from lab.judging.rows import ROWS

Counts = dict[str, list[int]]


class JudgingFailed(Exception):
    """Drafting failed on a report. Nothing of an unseen report stands in the message."""


@dataclass(slots=True)
class Totals:
    """Hits and asked, for each row, in all and for each group; misses only of a seen holdout."""

    reports: int = 0
    rows: dict[str, Proportion] = field(default_factory=dict)
    groups: dict[str, dict[str, Proportion]] = field(default_factory=dict)
    fields: dict[str, dict[str, Proportion]] = field(default_factory=dict)
    misses: list[dict[str, Any]] | None = None


def totals(call_set: CallSet, draft_of: Callable[[Report], Draft], *, proofs: bool = True) -> Totals:
    """Raises `JudgingFailed` where drafting does. Of an unseen holdout nothing but sums leaves this
    function.
    """
    rows = _counts()
    groups: dict[str, Counts] = defaultdict(_counts)
    fields: dict[str, Counts] = defaultdict(_counts)
    misses: list[dict[str, Any]] = []
    for report in call_set.reports:
        for mark in _marks(call_set, report, draft_of, proofs=proofs):
            _count(rows, mark.row, mark)
            for group in _groups(report):
                _count(groups[group], mark.row, mark)
            if mark.what:
                _count(fields[mark.row], mark.what, mark)
            if call_set.seen and mark.hit == _is_fault(mark.row):
                misses.append(_miss(report, mark))
    return Totals(
        reports=len(call_set.reports),
        rows=_shares(rows),
        groups={name: _shares(counts) for name, counts in sorted(groups.items())},
        fields={name: _shares(counts) for name, counts in sorted(fields.items())},
        misses=misses if call_set.seen else None,
    )


def _marks(
    call_set: CallSet, report: Report, draft_of: Callable[[Report], Draft], *, proofs: bool
) -> Iterable[Mark]:
    if call_set.seen:
        return judge(report, draft_of(report), proofs=proofs)
    try:
        return judge(report, draft_of(report), proofs=proofs)
    except Exception as error:  # noqa: BLE001  # an error's text may quote what was said
        kind = type(error).__name__
    raise JudgingFailed(
        f"{kind} in a report of {call_set.name}: find one like it for a holdout that may be seen"
    )


def _groups(report: Report) -> tuple[str, str]:
    return str(report["language"]), f"danger:{report['danger']}"


def _is_fault(row: str) -> bool:
    return any(one.key == row and one.fault for one in ROWS)


def _miss(report: Report, mark: Mark) -> dict[str, Any]:
    return {
        "id": report["id"],
        "row": mark.row,
        "what": mark.what,
        "expected": mark.expected,
        "drafted": mark.drafted,
    }


def _counts() -> Counts:
    return defaultdict(lambda: [0, 0])


def _count(counts: Counts, key: str, mark: Mark) -> None:
    counts[key][0] += mark.hit
    counts[key][1] += 1


def _shares(counts: Counts) -> dict[str, Proportion]:
    order = {row.key: index for index, row in enumerate(ROWS)}
    shares = {key: Proportion(k=k, n=n) for key, (k, n) in counts.items()}
    return dict(sorted(shares.items(), key=lambda row: (order.get(row[0], 99), row[0])))
