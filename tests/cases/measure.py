"""Runs the reports of `reports.yaml` through drafting and counts what agrees, by key and by half."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from cases.catalogue import load_catalogues, load_words
from cases.drafting import Draft, Drafter, SpokenSegment
from cases.drafting.expectation import Comparison, Line
from cases.drafting.places import PlaceFinder
from cases.gazetteer import load_gazetteer

REPORTS = Path(__file__).parent
NOBODY = UUID(int=0)


@lru_cache(maxsize=1)
def tools() -> tuple[Drafter, Comparison]:
    words, catalogues, gazetteer = load_words(), load_catalogues(), load_gazetteer()
    drafter = Drafter(words=words, catalogue=catalogues.default, gazetteer=gazetteer)
    places = PlaceFinder(words, gazetteer)
    return drafter, Comparison(catalogues=catalogues, gazetteer=gazetteer, places=places)


def segments(report: dict[str, Any]) -> list[SpokenSegment]:
    turns = report.get("turns") or ["c: " + report["text"]]
    return [
        SpokenSegment(
            segment_id=f"{report['id']}-{index}",
            speaker="citizen" if turn.startswith("c:") else "agent",
            text=turn[2:].strip(),
        )
        for index, turn in enumerate(turns)
    ]


def draft_of(report: dict[str, Any]) -> Draft:
    drafter, _ = tools()
    draft = Draft(draft_id=NOBODY)
    for segment in segments(report):
        draft, _ = drafter.apply(draft, segment)
    return draft


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
