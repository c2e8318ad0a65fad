"""Tests that failed and passed when they were run once more, and the rule for them.

`tests/unsteady.jsonl` has one row for each complete run in which that happened: its number, the day, the
commit, and what was run again. A test that is in a row of the last ten runs is not run once more again: it
fails. Who mends it writes the commit into its row (`mended`): the rule then begins anew for it. A fresh clone
counts on from the last row, so that the rule is strictest there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tests.peers.checkout import CHECKOUT, HOME

ROWS: Final = CHECKOUT / "tests" / "unsteady.jsonl"
COUNTED: Final = HOME / "reports" / "complete-runs.json"
WITHIN_RUNS: Final = 10


@dataclass(frozen=True, slots=True)
class Rerun:
    """One test that passed only the second time. `why` is the first line of its failure, `mended` the commit
    that removed the cause.
    """

    test: str
    part: str
    why: str
    mended: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The complete run of this number needed these reruns."""

    run: int
    day: str
    commit: str
    again: tuple[Rerun, ...]


def read(file: Path = ROWS) -> list[Row]:
    if not file.exists():
        return []
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Row(**{**row, "again": tuple(Rerun(**one) for one in row["again"])}) for row in rows]


def append(row: Row, file: Path = ROWS) -> None:
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def next_run(rows: Sequence[Row], counted: Path = COUNTED) -> int:
    """The number of the run that begins now: of runs here, or in the rows that came with the checkout."""
    here = json.loads(counted.read_text())["runs"] if counted.exists() else 0
    return max([here, *(row.run for row in rows)]) + 1


def count(run: int, counted: Path = COUNTED) -> None:
    counted.parent.mkdir(parents=True, exist_ok=True)
    counted.write_text(json.dumps({"runs": run}) + "\n")


def refused(rows: Sequence[Row], run: int) -> frozenset[str]:
    """The tests that may not be run once more in this run."""
    recent = (row for row in rows if run - row.run < WITHIN_RUNS)
    return frozenset(one.test for row in recent for one in row.again if not one.mended)
