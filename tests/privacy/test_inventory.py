"""The inventory names every column of the schema, and settings that are there; its page is generated."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel
from sqlalchemy import JSON, Column, Integer, LargeBinary, MetaData, String, Table, Text

from cdr.tables import SEALED
from core.storage import Json
from gateway.settings import Settings
from gateway.tables import metadata
from privacy.document import page
from privacy.inventory import OUTSIDE, TABLES
from privacy.model import ErasureMethod, TableLine, Whose

PAGE = Path(__file__).parents[2] / "docs" / "personal-data.md"
LINES = {line.table: line for line in TABLES}
IN_SEAL = {one.table.name: one for one in SEALED}


def can_hold_text(column_type: object) -> bool:
    return isinstance(column_type, String | JSON | LargeBinary)


def unclassified(table: Table) -> set[str]:
    wanted = {column.name for column in table.columns if can_hold_text(column.type)}
    return wanted - LINES[table.name].columns


def test_every_column_is_personal_or_said_not_to_be() -> None:
    assert len(LINES) == len(TABLES), "a table stands there twice"
    for table in metadata.sorted_tables:
        line = LINES.get(table.name)
        assert line is not None, f"{table.name} is not in privacy/inventory/"
        assert unclassified(table) == set(), f"columns of {table.name}: personal, or not?"
        assert line.columns - set(table.columns.keys()) == set(), f"{table.name} has no such columns"
        assert set(line.plain).isdisjoint(held.column for held in line.personal), table.name
    assert set(LINES) - set(metadata.tables) == set()


def test_a_new_column_that_nobody_classified_is_found() -> None:
    table = metadata.tables["cdr_calls"].to_metadata(MetaData())
    for column in (Column("words", Text), Column("list", Json), Column("file", LargeBinary)):
        table.append_column(column)
    table.append_column(Column("count", Integer))
    assert unclassified(table) == {"words", "list", "file"}


@pytest.mark.parametrize(
    "line", [line for line in TABLES if line.whose is not Whose.NOBODY], ids=lambda one: one.table
)
def test_a_way_fits_its_table(line: TableLine) -> None:
    sealed = IN_SEAL.get(line.table)
    for held in line.personal:
        if sealed is not None and held.way is not ErasureMethod.KEPT:
            in_salt = held.column in sealed.personal
            assert held.way is (ErasureMethod.SEALED if in_salt else ErasureMethod.RESEALED), held.column
        else:
            assert held.way not in {ErasureMethod.SEALED, ErasureMethod.RESEALED}, held.column
    assert line.shown
    assert line.why


def test_every_setting_that_it_names_is_there() -> None:
    for kept in (*(line.kept for line in TABLES), *(line.kept for line in OUTSIDE)):
        if kept.setting:
            model: type[BaseModel] = Settings
            *sections, last = kept.setting.split(".")
            for section in sections:
                found = model.model_fields[section].annotation
                assert isinstance(found, type), kept.setting
                model = found
            assert last in model.model_fields, kept.setting
            assert kept.by, f"who removes it: {kept.setting}"


def test_the_page_is_the_inventory() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m privacy.document > docs/personal-data.md"
