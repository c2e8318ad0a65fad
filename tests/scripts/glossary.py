"""Writes docs/glossary.md from the tables in docs/data: `python -m tests.scripts.glossary`."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.peers.checkout import CHECKOUT

PAGE: Final = CHECKOUT / "docs" / "glossary.md"
_DATA: Final = CHECKOUT / "docs" / "data"
_BEFORE: Final = """# Glossary

Each term means one thing, in code, API, topics, tables, metrics, the desk and these pages. The source is the
standard or the program whose term it is; `songhua` marks a term of this project. Written by
`python -m tests.scripts.glossary` from `docs/data/glossary.csv` and `docs/data/words-not-used.csv`; tests
compare the names of events, topics and paths with it.
"""
_UNUSED: Final = """## Words that are not used

A class name means one thing in all rooms; a test compares them. A word of the left column in code or docs is
a mistake.
"""
_RENAMED: Final = """## Renamed

What an installed centre may have in scripts and dashboards.
"""


@dataclass(frozen=True, slots=True)
class Term:
    room: str
    term: str
    definition: str
    chinese: str
    source: str

    def words(self) -> set[str]:
        """The words of the term, and the wire names in backquotes."""
        named = " ".join([self.term, *re.findall(r"`([^`]+)`", self.definition)])
        return {singular(word) for word in re.findall(r"[a-z]+", named.lower())}


def singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "xes", "tuses")):
        return word[:-2]
    return (
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def terms() -> list[Term]:
    return [Term(**row) for row in _rows("glossary.csv")]


def page(known: Sequence[Term]) -> str:
    rooms = dict.fromkeys(one.room for one in known)
    parts = [_BEFORE]
    for room in rooms:
        rows = [
            f"| **{one.term}** | {one.definition} | {one.chinese} | {one.source} |"
            for one in sorted(known, key=lambda one: one.term.casefold())
            if one.room == room
        ]
        head = ["| term | meaning | Chinese | source |", "|---|---|---|---|"]
        parts.append("\n".join([f"## {room}", "", *head, *rows, ""]))
    unused = [f"| {row['word']} | {row['instead']} | {row['why']} |" for row in _rows("words-not-used.csv")]
    parts.append("\n".join([_UNUSED, "| not | but | why |", "|---|---|---|", *unused, ""]))
    if (_DATA / "renamed.csv").exists():
        renamed = [
            f"| {row['kind']} | `{row['old']}` | `{row['new']}` | {row['old_name']} |"
            for row in _rows("renamed.csv")
        ]
        parts.append(
            "\n".join([_RENAMED, "| kind | before | now | the old name |", "|---|---|---|---|", *renamed, ""])
        )
    return "\n".join(parts)


def main() -> None:
    PAGE.write_text(page(terms()), encoding="utf-8")


if __name__ == "__main__":
    main()
