"""The page of the functions of cases is current, and names operations, tests and pictures that exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scripts import case_functions
from tests.scripts.case_functions import PAGE, faults, functions, page

POINTS = [*(f"A.{number}" for number in range(1, 8)), *(f"B.{number}" for number in range(8, 15))]


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.scripts.case_functions"


def test_what_the_table_names_exists() -> None:
    assert faults() == []


def test_every_point_has_a_row_and_what_is_absent_says_so() -> None:
    assert set(POINTS) <= {one.number for one in functions()}
    absent = page().partition("## Missing")[2]
    for one in functions():
        assert one.there or one.function in absent


def test_a_name_that_does_not_exist_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "functions.csv"
    table.write_text(
        "number,function,workspace,operations,browser,tests,picture,missing\n"
        "A.1,Sources,kitchen,GET /nothing,tests/none.py,tests/cases/none.py,none.webp,\n"
        "A.2,Grid,cases,,,,,\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(case_functions, "FUNCTIONS", table)
    found = faults()
    assert len([one for one in found if one.startswith("A.1")]) == 6
    assert len([one for one in found if one.startswith("A.2")]) == 2
