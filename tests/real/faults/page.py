"""Fills the table of docs/reliability.md with the rows of a run: `python -m tests.real.faults.page`."""

from __future__ import annotations

import json
from typing import Any

from tests.peers.checkout import CHECKOUT
from tests.real.faults.verdict import ROWS

PAGE = CHECKOUT / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
HEAD = (
    "| fault | how | callers | reached no person | records lost | doubled | right after, s | memory, MB |",
    "|---|---|---|---|---|---|---|---|",
)


def table(rows: list[dict[str, Any]]) -> str:
    """One line a fault; the last run of a fault counts."""
    last = {row["fault"]: row for row in rows}
    return "\n".join([*HEAD, *(_line(row) for row in last.values())])


def _line(row: dict[str, Any]) -> str:
    callers = f"{row['callers']} ({row['cut']} cut off)" if row["cut"] else str(row["callers"])
    memory = "new process" if row["memory_mb"] is None else f"{row['memory_mb']:+.1f}"
    return (
        f"| {row['fault']} | {row['how']} | {callers} | {row['reached_nobody']} | {row['lost']} "
        f"| {row['doubled']} | {row['right_after_s']:.2f} | {memory} |"
    )


def main() -> None:
    rows = [json.loads(line) for line in ROWS.read_text().splitlines()]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{PAGE} has no place for the table: {BEGIN} … {END}")
    PAGE.write_text(f"{before}{BEGIN}\n{table(rows)}\n{END}{after}", encoding="utf-8")
    print(table(rows))


if __name__ == "__main__":
    main()
