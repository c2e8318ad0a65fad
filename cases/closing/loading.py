"""Reads the closing conditions of a city from YAML and refuses what does not hold together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from pydantic import Field

from cases.catalogue.loading import read
from cases.catalogue.words import CatalogueRow
from cases.closing.model import ClosingCondition, ClosingTable
from cases.errors import BrokenTable

TABLE: Final = Path(__file__).parent / "tables" / "closing.yaml"
_CLASS: Final = re.compile(r"^[PE](\d\d){0,2}$")


class _ConditionRow(CatalogueRow):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    classes: tuple[str, ...] = ()
    condition_zh: str = Field(min_length=2, max_length=200)
    condition_en: str = Field(min_length=2, max_length=300)
    source: str = Field(min_length=2, max_length=200)


class _ClosingRows(CatalogueRow):
    version: str = Field(min_length=1, max_length=32)
    rows: tuple[_ConditionRow, ...]


def load_closing(own: Path | None = None) -> ClosingTable:
    """The city's table, or the one that comes with the program. Raises `BrokenTable`."""
    path = own or TABLE
    table = read(path, _ClosingRows)
    known: set[str] = set()
    for row in table.rows:
        if row.id in known:
            raise BrokenTable(f"{path.name}: {row.id} stands twice", remedy="give each row an id of its own")
        known.add(row.id)
        for name in row.classes:
            if not _CLASS.match(name):
                raise BrokenTable(
                    f"{path.name}: {row.id}: {name!r} is no class", remedy="write a code, a major, P or E"
                )
    if all(row.classes for row in table.rows):
        raise BrokenTable(f"{path.name}: no row is for every class", remedy="add a row without `classes`")
    return ClosingTable(
        table.version,
        [
            ClosingCondition(row.id, row.condition_zh, row.condition_en, table.version, row.classes)
            for row in table.rows
        ],
    )
