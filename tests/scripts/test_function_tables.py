"""The tables of functions are current, and name operations, tests and pictures that exist."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.scripts import case_functions, city_functions
from tests.scripts.function_tables import DOCS, FunctionTable

POINTS = {*(f"A.{number}" for number in range(1, 8)), *(f"B.{number}" for number in range(8, 15))}
SYSTEMS = {
    "air defence, warnings", "dynamic image transmission", "electronic police", "emergency command",
    "geographic information", "satellite remote sensing", "video conferencing", "video surveillance",
    "wireless mobile monitoring",
}  # fmt: skip
CASES, CITY = case_functions.TABLE, city_functions.TABLE
both = pytest.mark.parametrize("table", [CASES, CITY], ids=lambda table: table.page.name)


@both
def test_the_page_is_current(table: FunctionTable) -> None:
    assert table.page.read_text(encoding="utf-8") == table.text(), f"run python -m {table.command}"


@both
def test_what_the_table_names_exists(table: FunctionTable) -> None:
    assert table.faults() == []


@both
def test_what_is_absent_says_so(table: FunctionTable) -> None:
    absent = table.text().partition("## Missing")[2]
    for one in table.rows():
        assert one.there or one.function in absent


def test_every_point_and_every_system_has_a_row() -> None:
    assert {one.of for one in CASES.rows()} >= POINTS
    assert {one.of for one in CITY.rows()} >= SYSTEMS


def test_the_systems_are_those_of_their_page() -> None:
    listed = (DOCS / "systems.md").read_text(encoding="utf-8")
    for system in {one.of for one in CITY.rows()}:
        assert f"\n| {system} |" in listed


def test_a_name_that_does_not_exist_is_a_fault(tmp_path: Path) -> None:
    source = tmp_path / "functions.csv"
    source.write_text(
        "number,function,workspace,operations,browser,tests,picture,missing\n"
        "A.1,Sources,kitchen,GET /nothing,tests/none.py,tests/cases/none.py,none.webp,\n"
        "A.2,Grid,cases,,,,,\n",
        encoding="utf-8",
    )
    found = replace(CASES, source=source).faults()
    assert len([one for one in found if one.startswith("A.1")]) == 6
    assert len([one for one in found if one.startswith("A.2")]) == 2
