"""What the tests of faults on the whole service measured: a table for docs/reliability.md."""

from __future__ import annotations

import sys

from tests.peers.checkout import HOME


class Report:
    """One file below `.songhua/reports`; `scripts/faults` prints it."""

    def __init__(self, name: str) -> None:
        self._file = HOME / "reports" / f"{name}.md"
        self._rows: dict[str, str] = {}

    def note(self, fault: str, **figures: float | str) -> None:
        said = ", ".join(
            f"{name.replace('_', ' ')} {value:.2f} s"
            if isinstance(value, float)
            else f"{name.replace('_', ' ')} {value}"
            for name, value in figures.items()
        )
        self._rows[fault] = said
        print(f"{fault}: {said}", file=sys.stderr)

    def write(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        rows = [f"| {fault} | {what} |" for fault, what in self._rows.items()]
        self._file.write_text("\n".join(["| fault | measured |", "|---|---|", *rows]) + "\n")
