"""Runs the reports of `reports.yaml` through drafting and counts what agrees, by key and by half."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from cases.drafting.expectation import Line
from tests.cases.quality.conversation import draft_of, tools

__all__ = ["Score", "measure", "reports", "tools"]

REPORTS = Path(__file__).parent


@dataclass
class Score:
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: list[tuple[str, Line]] = field(default_factory=list)

    def share(self, key: str) -> float:
        return self.right[key] / self.asked[key] if self.asked[key] else 1.0


def reports(half: str) -> list[dict[str, Any]]:
    """The reports of one half, from every `reports*.yaml`."""
    return [report for report in _every() if report["half"] == half]


@lru_cache(maxsize=1)
def _every() -> list[dict[str, Any]]:
    found = [
        yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)  # a safe one
        for path in sorted(REPORTS.glob("reports*.yaml"))
    ]
    return [report for table in found for report in table]


def measure(half: str) -> Score:
    score = Score()
    _, comparison = tools()
    for report in reports(half):
        for line in comparison.compare(report["expect"], draft_of(report)):
            score.asked[line.key] += 1
            score.right[line.key] += line.agrees
            if not line.agrees:
                score.wrong.append((report["id"], line))
    return score


if __name__ == "__main__":
    for half in sys.argv[1:] or ["open"]:
        result = measure(half)
        print(half, {key: f"{result.right[key]}/{result.asked[key]}" for key in sorted(result.asked)})
        for report_id, line in result.wrong:
            print("  ", report_id, line.key, "expected", line.expected, "drafted", line.drafted)
