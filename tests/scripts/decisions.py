"""The index of decision records, by room. Usage: python -m tests.scripts.decisions

A record begins with `# NNNN Title`, an empty line and `date · status · room`; the status is `accepted` or
`superseded by NNNN`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.peers.checkout import CHECKOUT

FOLDER: Final = CHECKOUT / "docs" / "decisions"
INDEX: Final = FOLDER / "README.md"
_HEAD: Final = re.compile(
    r"# (?P<number>\d{4}) (?P<title>\S.*)\n\n(?P<date>\d{4}-\d{2}-\d{2}) · "
    r"(?P<status>accepted|superseded by \d{4}) · (?P<room>[a-z_]+)\n"
)
_NAME: Final = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
_BEFORE: Final = """# Decisions

One page each: what was decided, why, what else was considered, what shows it. A record is not rewritten when
the decision changes; its status then names the record that supersedes it. The numbers have gaps.
Written by `python -m tests.scripts.decisions`.
"""


@dataclass(frozen=True, slots=True)
class Record:
    file: str
    number: str
    title: str
    date: str
    status: str
    room: str


def files() -> list[Path]:
    """All records, in the order of their numbers."""
    return sorted(path for path in FOLDER.glob("*.md") if _NAME.fullmatch(path.name))


def record(path: Path) -> Record | None:
    """A record by its first three lines; None where they are not as they should be."""
    head = _HEAD.match(path.read_text(encoding="utf-8"))
    if head is None or not path.name.startswith(head["number"]):
        return None
    return Record(path.name, **head.groupdict())


def page(records: Sequence[Record]) -> str:
    parts = [_BEFORE]
    for room in sorted({one.room for one in records}):
        rows = [
            f"| [{one.number}]({one.file}) | {one.title} | {one.date} | {one.status} |"
            for one in records
            if one.room == room
        ]
        parts.append(
            "\n".join(
                [f"## {room}", "", "| number | decision | date | status |", "|---|---|---|---|", *rows, ""]
            )
        )
    return "\n".join(parts)


def main() -> None:
    INDEX.write_text(page([found for path in files() if (found := record(path))]), encoding="utf-8")


if __name__ == "__main__":
    main()
