"""Writes what the finder of dangers learns from calls: `python -m tests.cases.quality.told`.

Of the calls that may be learned from (no half, nothing sealed) each of the citizen's segments, with the words
that tell of danger. A call whose number has nothing to do with danger to life teaches neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from cases.drafting.danger.calls import TABLE
from tests.cases.quality.halves import Half, Report, chosen_on, developed_on, read_calls

HEAD = """\
# Danger to life and what is none as invented calls tell it: each of the caller's segments, in order, and the
# words that tell of danger (`tells`). `number` is the one to hand over to; empty where nobody is in danger.
# Written by `python -m tests.cases.quality.told` from the calls that may be learned from; nobody edits it.
"""


def learned_from() -> tuple[Half, ...]:
    return chosen_on(), developed_on(), *read_calls()


def rows(halves: Iterable[Half]) -> Iterator[dict[str, Any]]:
    for half in halves:
        for report in half.reports:
            numbers = report["expect"]["handoff"] or ()
            danger = report["expect"]["urgency"] == "danger"
            if danger == bool(numbers):
                number = numbers if isinstance(numbers, str) else next(iter(numbers), "")
                yield {"language": report["language"], "number": number, "said": _said(report, danger=danger)}


def _said(report: Report, *, danger: bool) -> list[dict[str, Any]]:
    proofs = report["proof"].get("danger") or () if danger else ()
    out = []
    for at, turn in enumerate(report.get("turns") or ["c: " + report["text"]]):
        if turn.startswith("c:"):
            text = turn[2:].strip()
            tells = [one["words"] for one in proofs if one["turn"] == at and one["words"] in text]
            out.append({"text": text, "tells": tells} if tells else {"text": text})
    return out


def table(halves: Iterable[Half]) -> str:
    body = yaml.safe_dump({"calls": list(rows(halves))}, allow_unicode=True, width=1000, sort_keys=False)
    return HEAD + body


def main() -> None:
    TABLE.write_text(table(learned_from()), encoding="utf-8")


if __name__ == "__main__":
    main()
