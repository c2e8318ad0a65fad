"""The page of the desk's clauses is current, and names operations, pictures and tests that exist."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.peers.checkout import CHECKOUT
from tests.scripts import desk_clauses
from tests.scripts.desk_clauses import PAGE, clauses, exists, faults, observations, observed, page


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.scripts.desk_clauses"


def test_what_the_tables_name_exists() -> None:
    assert faults() == []


def test_every_clause_has_a_row() -> None:
    assert {int(one.number) for one in clauses()} == set(range(1, 11))


def test_a_name_that_does_not_exist_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "clauses.csv"
    table.write_text(
        "number,subject,does,operations,picture,tests,missing\n"
        "1,Frame,does,GET /nothing,none.webp,tests/none.py; tests/scripts/test_desk_clauses.py::test_none,\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(desk_clauses, "CLAUSES", table)
    assert len([one for one in faults() if one.startswith("clause 1")]) == 4


def test_each_row_is_shown_by_a_step_of_its_story() -> None:
    """As the story's source has it: `day.shows(ROW)`."""
    for one in observations():
        file = CHECKOUT / one.test.partition("::")[0]
        tree = ast.parse(file.read_text(encoding="utf-8"))
        shown = {
            call.args[0].value
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "shows"
            and isinstance(call.args[0], ast.Constant)
        }
        assert one.row in shown, one.test
        assert one.row in observed(file.stem.removeprefix("test_"))


def test_a_test_is_looked_for_by_its_name() -> None:
    assert exists("tests/scripts/test_desk_clauses.py::test_every_clause_has_a_row")
    assert not exists("tests/scripts/test_desk_clauses.py::test_nothing_of_the_kind")
