"""How many hazards that need somebody within the hour are drafted as urgent, and how many ordinary reports.

    python -m lab.judging.urgency [SET …] [--calls] [--misses] [--json FILE]

SET is a set of `lab/corpora/reports` whose reports say in `expect` whether they are `urgent`; without one it
is `urgency_first`. `--calls` adds the calls of all holdouts without danger to life: only totals are taken.
`--misses` names single reports: of a set that has been looked at so, another run is no first run.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cases.drafting import Draft
from cases.drafting.model import FieldName
from lab.corpora.calls import holdouts
from lab.corpora.reports import reports
from lab.judging.answer import Answer
from lab.judging.conversation import draft_of

GOAL_FOUND, GOAL_FALSE = 0.9, 0.1
"""Of hazards at least, of ordinary reports at most."""
URGENT = frozenset({"urgent", "danger"})
DEFAULT = ("urgency_first",)


@dataclass
class UrgencyScore:
    """`wrong` are the ids of what was drafted otherwise."""

    hazards: int = 0
    found: int = 0
    ordinary: int = 0
    false: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, name: str, *, wanted: bool, drafted: bool) -> None:
        if wanted:
            self.hazards += 1
            self.found += drafted
        else:
            self.ordinary += 1
            self.false += drafted
        if wanted != drafted:
            self.wrong.append(name)

    @property
    def reached(self) -> bool:
        return self.found >= GOAL_FOUND * self.hazards and self.false <= GOAL_FALSE * self.ordinary

    @property
    def plain(self) -> dict[str, Any]:
        return {
            "hazards": self.hazards, "urgent": self.found, "ordinary": self.ordinary,
            "ordinary_urgent": self.false, "goal_reached": self.reached,
        }  # fmt: skip


def is_urgent(draft: Draft) -> bool:
    return draft.value(FieldName.URGENCY) in URGENT


def measure(set_name: str) -> UrgencyScore:
    """One set of reports. Raises `KeyError` for a report that does not say whether it is urgent."""
    score = UrgencyScore()
    for report in reports(set_name):
        score.add(report["id"], wanted=report["expect"]["urgent"], drafted=is_urgent(draft_of(report)))
    return score


def measure_calls() -> UrgencyScore:
    """Reports among the calls of all holdouts in which nobody is in danger."""
    score = UrgencyScore()
    for report in _calls():
        score.add("", wanted=report["expect"]["urgency"] == "urgent", drafted=is_urgent(draft_of(report)))
    score.wrong.clear()
    return score


def _calls() -> Iterator[dict[str, Any]]:
    for one in holdouts():
        for report in one.reports:
            answer = Answer.of(report)
            if answer.intent == "report" and not answer.is_danger and not answer.numbers:
                yield dict(report)


def main(words: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="*", metavar="SET")
    parser.add_argument("--calls", action="store_true")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args(None if words is None else list(words))
    scores = {name: measure(name) for name in chosen.sets or DEFAULT}
    if chosen.calls:
        scores["holdouts"] = measure_calls()
    for name, score in scores.items():
        if not score.hazards + score.ordinary:
            parser.error(f"no report in the set {name}")
        told = (
            f"{score.found}/{score.hazards} hazards urgent, {score.false}/{score.ordinary} ordinary reports"
        )
        sys.stdout.write(f"{name}: {told}{'' if score.reached else ' (goal missed)'}\n")
        if chosen.misses:
            sys.stdout.writelines(f"  {one}\n" for one in score.wrong)
    if chosen.json:
        plain = {name: score.plain for name, score in scores.items()}
        chosen.json.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
