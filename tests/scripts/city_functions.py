"""Writes docs/city-functions.md: what the city's other systems must do here, each with what shows it.

    python -m tests.scripts.city_functions

The rows are `docs/data/city-functions.csv`, by the systems of `docs/systems.md`.
"""

from __future__ import annotations

from typing import Final

from tests.scripts.function_tables import DOCS, FunctionTable

TABLE: Final = FunctionTable(
    title="What the city's other systems do, function by function",
    about="For who wants to see what of a [system of the city](systems.md) is there, and what is not.",
    command="tests.scripts.city_functions",
    page=DOCS / "city-functions.md",
    source=DOCS / "data" / "city-functions.csv",
    of="system",
    heading="system",
)

if __name__ == "__main__":
    TABLE.write()
