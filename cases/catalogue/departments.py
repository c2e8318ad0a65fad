"""Who answers for a class: data with a source for each row, the city's own rows before the national ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from cases.catalogue.loading import read
from cases.catalogue.model import Catalogue
from cases.catalogue.words import CatalogueRow
from cases.errors import BrokenTable

TABLE = Path(__file__).parent / "tables" / "departments.yaml"


@dataclass(frozen=True, slots=True)
class Department:
    name_zh: str
    name_en: str
    source: str


class _DepartmentRow(CatalogueRow):
    codes: tuple[str, ...]
    name_zh: str = Field(min_length=2, max_length=80)
    name_en: str = Field(min_length=2, max_length=120)
    source: str = Field(min_length=2, max_length=200)


class _DepartmentTable(CatalogueRow):
    scheme: str
    version: str
    rows: tuple[_DepartmentRow, ...]


class Departments:
    """By class reference; a class without a row has none."""

    def __init__(self, by_ref: Mapping[str, Department]) -> None:
        self._by_ref = dict(by_ref)

    def of(self, ref: str) -> Department | None:
        return self._by_ref.get(ref)


def load_departments(catalogue: Catalogue, own: Path | None = None) -> Departments:
    """The table that comes with the program, and the rows in `own`, which replace by code.

    Raises `BrokenTable` for an unknown class, a class that stands twice in one file, or another generation.
    """
    by_ref: dict[str, Department] = {}
    for path in (TABLE, *([] if own is None else [own])):
        table = read(path, _DepartmentTable)
        if (table.scheme, table.version) != (catalogue.scheme, catalogue.version):
            raise BrokenTable(f"{path.name} is for {table.scheme}@{table.version}, another generation")
        seen: set[str] = set()
        for row in table.rows:
            for code in row.codes:
                known = catalogue.get(code)
                if known is None or code in seen:
                    raise BrokenTable(f"{path.name}: no class {code}, or it stands twice")
                seen.add(code)
                by_ref[known.ref] = Department(row.name_zh, row.name_en, row.source)
    return Departments(by_ref)
