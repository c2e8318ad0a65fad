"""Writes what drafting learns from calls: `python -m tests.cases.quality.told`.

Of the calls that may be learned from (no half, nothing sealed) each of the citizen's segments, with the words
that tell of the class, of danger, of why he calls, and of the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from cases.catalogue import load_catalogues
from cases.drafting.invented_calls import TABLE
from tests.cases.quality.halves import Half, Report, chosen_on, developed_on, read_calls

HEAD = """\
# What invented calls tell: each of the caller's segments, in order, and the words in it that tell of the
# class (`category`), of danger to life (`danger`), of why he calls (`intent`) and of the place (`place`).
# `codes` are the right classes, the best first; `more`: other problems are told as well; `number` is the one
# to hand over to, empty where nobody is in danger. What is not there teaches nothing.
# Written by `python -m tests.cases.quality.told` from the calls that may be learned from; nobody edits it.
"""
WHAT = ("category", "danger", "intent", "place")


def learned_from() -> tuple[Half, ...]:
    return chosen_on(), developed_on(), *read_calls()


def rows(halves: Iterable[Half]) -> Iterator[dict[str, Any]]:
    for half in halves:
        for report in half.reports:
            yield _row(report)


def _row(report: Report) -> dict[str, Any]:
    expect, proof = report["expect"], report.get("proof") or {}
    row: dict[str, Any] = {"language": report["language"]}
    if not expect["category"] or proof.get("category"):
        row["codes"] = list(expect["category"])
    if expect["more"]:
        row["more"] = True
    numbers = expect["handoff"] or ()
    danger = expect["urgency"] == "danger"
    # A number that has nothing to do with danger to life teaches neither.
    if danger == bool(numbers):
        row["number"] = numbers if isinstance(numbers, str) else next(iter(numbers), "")
    if proof.get("intent"):
        row["intent"] = expect["intent"]
    return {**row, "said": _said(report, danger=danger)}


def _said(report: Report, *, danger: bool) -> list[dict[str, Any]]:
    proof = report.get("proof") or {}
    proofs = {**proof, "place": [*proof.get("place", ()), *proof.get("district", ())]}
    if not danger:
        proofs["danger"] = ()
    out = []
    for at, turn in enumerate(report.get("turns") or ["c: " + report["text"]]):
        if turn.startswith("c:"):
            said: dict[str, Any] = {"text": turn[2:].strip()}
            for what in WHAT:
                mine = [one["words"] for one in proofs.get(what) or () if one["turn"] == at]
                words = [one for one in dict.fromkeys(mine) if one in said["text"]]
                if words:
                    said[what] = words
            out.append(said)
    return out


def table(halves: Iterable[Half]) -> str:
    catalogue = load_catalogues().default
    whole = {"scheme": catalogue.scheme, "version": catalogue.version, "calls": list(rows(halves))}
    return HEAD + yaml.safe_dump(whole, allow_unicode=True, width=1000, sort_keys=False)


def main() -> None:
    TABLE.write_text(table(learned_from()), encoding="utf-8")


if __name__ == "__main__":
    main()
