"""The tables of `docs/suite.md`. Usage: python -m tests.suite.page"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from tests.peers.checkout import CHECKOUT
from tests.suite import order, runs

PAGE: Final = CHECKOUT / "docs" / "suite.md"
LAST_RUNS: Final = 8
SLOWEST: Final = 30


def of_runs(rows: Sequence[runs.Run]) -> list[str]:
    """The last runs, the newest below."""
    if not rows:
        return ["None was kept yet."]
    lines = [
        "| day | commit | set-up | parts | all tests | busy | passed | failed | skipped | once more |",
        "|---|---|--:|---|--:|--:|--:|--:|--:|---|",
    ]
    for run in rows[-LAST_RUNS:]:
        parts = ", ".join(f"{part.name} {part.seconds:.0f} s" for part in run.parts)
        busy = run.busy_s / (run.seconds * run.processors)
        again = "<br>".join(f"`{test}`" for test in run.again) or "none"
        lines.append(
            f"| {run.day} | {run.commit} | {run.set_up_s:.0f} s | {parts} | {run.seconds:.0f} s "
            f"| {busy:.0%} of {run.processors} | {run.passed} | {run.failed} | {run.skipped} | {again} |"
        )
    return lines


def of_files(seconds: Mapping[str, float]) -> list[str]:
    """The slowest files, by the sum over their tests; these run side by side."""
    lines = ["| file | s |", "|---|--:|"]
    slowest = sorted(seconds, key=lambda file: -seconds[file])[:SLOWEST]
    return lines + [f"| `{file}` | {seconds[file]:.0f} |" for file in slowest]


def filled(page: str, name: str, lines: Sequence[str]) -> str:
    """The page with these lines between the marks of this name. Raises `ValueError` without marks."""
    marks = rf"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)"
    found, count = re.subn(
        marks, lambda mark: mark[1] + "\n".join(lines) + "\n" + mark[2], page, flags=re.DOTALL
    )
    if count != 1:
        raise ValueError(f"there are no marks of {name}")
    return found


def main() -> int:
    page = PAGE.read_text(encoding="utf-8")
    page = filled(page, "runs", of_runs(runs.read()))
    PAGE.write_text(filled(page, "files", of_files(order.known_seconds())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
