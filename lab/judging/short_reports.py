"""Runs reports told in one breath through drafting and counts what agrees, by key and by set:
`python -m lab.judging.short_reports [SET …]`.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass, field

from cases.drafting.expectation import ComparedField
from lab.corpora.reports import reports
from lab.judging.conversation import draft_of, tools

__all__ = ["ReportScore", "measure", "reports", "tools"]


@dataclass
class ReportScore:
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: list[tuple[str, ComparedField]] = field(default_factory=list)

    def share(self, key: str) -> float:
        return self.right[key] / self.asked[key] if self.asked[key] else 1.0


def measure(set_name: str) -> ReportScore:
    score = ReportScore()
    _, comparison = tools()
    for report in reports(set_name):
        for line in comparison.compare(report["expect"], draft_of(report)):
            score.asked[line.key] += 1
            score.right[line.key] += line.agrees
            if not line.agrees:
                score.wrong.append((report["id"], line))
    return score


if __name__ == "__main__":
    for name in sys.argv[1:] or ["open"]:
        result = measure(name)
        print(name, {key: f"{result.right[key]}/{result.asked[key]}" for key in sorted(result.asked)})
        for report_id, line in result.wrong:
            print("  ", report_id, line.key, "expected", line.expected, "drafted", line.drafted)
