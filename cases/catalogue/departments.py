"""Who answers for a class: data with a source for each row, the city's own rows before the national ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

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


class DepartmentRow(CatalogueRow):
    """A body, and the classes that it answers for, by their codes."""

    codes: Annotated[tuple[Annotated[str, Field(max_length=20)], ...], Field(min_length=1, max_length=200)]
    name_zh: str = Field(min_length=2, max_length=80)
    name_en: str = Field(min_length=2, max_length=120)
    source: str = Field(min_length=2, max_length=200)


class _DepartmentTable(CatalogueRow):
    scheme: str
    version: str
    rows: tuple[DepartmentRow, ...]


class Departments:
    """By class reference; a class without a row has none."""

    def __init__(self, by_ref: Mapping[str, Department]) -> None:
        self._by_ref = dict(by_ref)

    def change(self, departments: Departments) -> None:
        """These instead, for every draft from now on."""
        self._by_ref = departments._by_ref

    def of(self, ref: str) -> Department | None:
        return self._by_ref.get(ref)


def load_departments(catalogue: Catalogue, own: Path | None = None) -> Departments:
    """The table that comes with the program, and the rows in `own`, which replace by code.

    Raises `BrokenTable` for an unknown class, a class that stands twice in one file, or another generation.
    """
    rows = () if own is None else department_rows(catalogue, own)
    return departments_of(catalogue, rows, where="" if own is None else own.name)


def department_rows(catalogue: Catalogue, file: Path) -> tuple[DepartmentRow, ...]:
    """The rows of a file. Raises `BrokenTable` as `load_departments`."""
    table = read(file, _DepartmentTable)
    if (table.scheme, table.version) != (catalogue.scheme, catalogue.version):
        raise BrokenTable(f"{file.name} is for {table.scheme}@{table.version}, another generation")
    return table.rows


def departments_of(catalogue: Catalogue, own: Iterable[DepartmentRow], *, where: str = "") -> Departments:
    """The table that comes with the program, and the city's own rows, which replace by code.

    Raises `BrokenTable` for an unknown class, or one that stands twice among either.
    """
    by_ref: dict[str, Department] = {}
    for name, rows in ((TABLE.name, department_rows(catalogue, TABLE)), (where, own)):
        seen: set[str] = set()
        for row in rows:
            for code in row.codes:
                known = catalogue.get(code)
                if known is None or code in seen:
                    raise BrokenTable(f"{name}: no class {code}, or it stands twice".removeprefix(": "))
                seen.add(code)
                by_ref[known.ref] = Department(row.name_zh, row.name_en, row.source)
    return Departments(by_ref)
