"""Writes docs/case-functions.md: what case workflow and the citizen's loop must do, each with what shows it.

    python -m tests.scripts.case_functions

The rows are `docs/data/case-functions.csv`.
"""

from __future__ import annotations

from typing import Final

from tests.scripts.function_tables import DOCS, FunctionTable

TABLE: Final = FunctionTable(
    title="What cases and the citizen's loop do, function by function",
    about="For who wants to see whether it is there.",
    command="tests.scripts.case_functions",
    page=DOCS / "case-functions.md",
    source=DOCS / "data" / "case-functions.csv",
    of="number",
    heading="no.",
)

if __name__ == "__main__":
    TABLE.write()
