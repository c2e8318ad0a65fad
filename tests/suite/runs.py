"""What complete runs took: a row for each run whose times were kept (`scripts/test --keep-times`).

`docs/suite.md` shows the last of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

ROWS: Final = Path(__file__).with_name("runs.jsonl")


@dataclass(frozen=True, slots=True)
class Part:
    """A lane, or what was run once more: its wall-clock seconds and its tests."""

    name: str
    seconds: float
    tests: int


@dataclass(frozen=True, slots=True)
class Run:
    """`seconds` is the wall clock of the tests, `set_up_s` that before them; `busy_s` are processor seconds
    of the whole machine meanwhile, whoever used them. `again` names what passed only the second time.
    """

    day: str
    commit: str
    processors: int
    set_up_s: float
    seconds: float
    busy_s: float
    parts: tuple[Part, ...]
    passed: int
    failed: int
    skipped: int
    again: tuple[str, ...]


def append(run: Run, file: Path = ROWS) -> None:
    with file.open("a", encoding="utf-8") as rows:
        rows.write(json.dumps(asdict(run), ensure_ascii=False) + "\n")


def read(file: Path = ROWS) -> list[Run]:
    if not file.exists():
        return []
    rows: Sequence[dict[str, object]] = [
        json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    return [_run(row) for row in rows]


def _run(row: dict[str, object]) -> Run:
    parts = row["parts"]
    again = row["again"]
    assert isinstance(parts, list)
    assert isinstance(again, list)
    return Run(**{**row, "parts": tuple(Part(**one) for one in parts), "again": tuple(again)})  # type: ignore[arg-type]


def busy_s() -> float:
    """Processor seconds of this machine since it was started, without those in which it was idle."""
    spent = psutil.cpu_times()
    return sum(spent) - spent.idle - getattr(spent, "iowait", 0.0) - getattr(spent, "guest", 0.0)
