"""Writes docs/security.md from docs/data/asvs.csv: `python -m tests.gateway.asvs`."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from tests.peers.checkout import CHECKOUT

TABLE: Final = CHECKOUT / "docs" / "data" / "asvs.csv"
PAGE: Final = CHECKOUT / "docs" / "security.md"
MET, UNMET, ABSENT = "met", "not met", "not applicable"
MOST_UNMET: Final = 0.15
COUNT: Final = {"1": 70, "2": 183}
"""So many requirements version 5.0.0 has of each level."""
CHAPTERS: Final = {
    "1": "Encoding and sanitising", "2": "Validation and business logic", "3": "Browsers",
    "4": "Web services", "5": "Files", "6": "Authentication", "7": "Sessions", "8": "Authorisation",
    "9": "Self-contained tokens", "10": "OAuth and OIDC", "11": "Cryptography", "12": "TLS",
    "13": "Configuration", "14": "Data protection", "15": "Code and components", "16": "Logs and errors",
    "17": "WebRTC",
}  # fmt: skip
HEAD: Final = """\
# ASVS 5.0, level 2

<!-- Written by `python -m tests.gateway.asvs`; a test keeps it. Change `docs/data/asvs.csv`. -->

For whoever assesses Songhua: every requirement of levels 1 and 2 of the OWASP Application Security
Verification Standard 5.0.0 by its number, with a word of ours for what it is about (read the standard for
what it asks), and what shows that it is met, or why not. A test checks that every number stands here once,
that the named tests exist, that what is not applicable or not met has a reason, and that at most 15 % of the
applicable ones are not met. Whether a named test passes is what `scripts/test` says.

The judgement is our own, of the program as it is shipped; nobody else has verified it.
[SECURITY.md](../SECURITY.md) has the threats, [security-rules.md](security-rules.md) the rules that the
standard wants written down.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """`tests` are `FILE` or `FILE::TEST`."""

    number: str
    level: str
    what: str
    state: str
    tests: tuple[str, ...]
    words: str

    @property
    def chapter(self) -> str:
        return self.number.partition(".")[0]


def lines() -> list[Line]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [
            Line(
                one["number"],
                one["level"],
                one["what"],
                one["state"],
                tuple(one["tests"].split()),
                one["words"],
            )
            for one in csv.DictReader(file)
        ]


def share_unmet(table: Sequence[Line]) -> float:
    """Of those that are applicable."""
    count = Counter(one.state for one in table)
    return count[UNMET] / (count[MET] + count[UNMET])


def page() -> str:
    """The page as it has to be."""
    table = lines()
    return "".join((HEAD, *_sums(table), *_unmet(table), *_chapters(table)))


def _sums(table: Sequence[Line]) -> Iterator[str]:
    yield "\n| level | met | not met | not applicable |\n|---|---|---|---|\n"
    for level in COUNT:
        yield _sum(level, [one for one in table if one.level == level])
    yield _sum("both", table)
    yield f"\nNot met are {share_unmet(table):.1%} of those that apply.\n"


def _sum(level: str, table: Sequence[Line]) -> str:
    count = Counter(one.state for one in table)
    return f"| {level} | {count[MET]} | {count[UNMET]} | {count[ABSENT]} |\n"


def _unmet(table: Sequence[Line]) -> Iterator[str]:
    yield "\n## What is not met\n\n"
    for one in table:
        if one.state == UNMET:
            yield f"- **{one.number}** {one.what}: {one.words}.\n"


def _chapters(table: Sequence[Line]) -> Iterator[str]:
    for chapter, group in groupby(table, key=lambda one: one.chapter):
        yield f"\n## {chapter} {CHAPTERS[chapter]}\n\n"
        yield "| number | level | about | state | shown by |\n|---|---|---|---|---|\n"
        for one in group:
            yield f"| {one.number} | {one.level} | {one.what} | {one.state} | {_shown(one)} |\n"


def _shown(one: Line) -> str:
    named = [_named(test) for test in one.tests]
    return ", ".join(named) + (("; " if named and one.words else "") + one.words)


def _named(test: str) -> str:
    file, _, name = test.partition("::")
    return f"`{file}` `{name}`" if name else f"`{file}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
