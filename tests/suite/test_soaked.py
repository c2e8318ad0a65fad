"""What runs long says which short test keeps its rule; of this checkout, each of those is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.suite.soaked import BadMark, Soaked, missing, soaked

LONG = """
import pytest

@pytest.mark.soak(rule="a hundred kills", short="tests/test_short.py::test_one_kill")
def test_kills(): ...

class TestAll:
    @pytest.mark.parametrize("x", [
        1, pytest.param(2, marks=pytest.mark.soak(rule="big", short=["a::b", "c::d"])),
    ])
    async def test_big(self, x): ...
"""
WHOLE = """
import pytest
pytestmark = [pytest.mark.real, pytest.mark.soak(rule="training", short="tests/test_short.py::test_one_kill")]
def test_round(): ...
"""
SHORT = "def test_one_kill(): ...\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_long.py").write_text(LONG)
    (tmp_path / "tests/test_short.py").write_text(SHORT)
    (tmp_path / "tests/test_whole.py").write_text(WHOLE)
    return tmp_path


def test_marks_of_functions_parameters_and_files_are_found(checkout: Path) -> None:
    kept = ("tests/test_short.py::test_one_kill",)
    assert soaked(checkout) == [
        Soaked("tests/test_long.py::test_kills", "a hundred kills", kept),
        Soaked("tests/test_long.py::TestAll::test_big", "big", ("a::b", "c::d"), partly=True),
        Soaked("tests/test_whole.py", "training", kept),
    ]


@pytest.mark.parametrize("mark", ["pytest.mark.soak", "pytest.mark.soak()", "pytest.mark.soak(rule='x')"])
def test_a_mark_that_does_not_say_what_keeps_the_rule_is_refused(checkout: Path, mark: str) -> None:
    (checkout / "tests/test_bare.py").write_text(f"import pytest\n@{mark}\ndef test_x(): ...\n")
    with pytest.raises(BadMark, match=r"test_bare\.py::test_x"):
        soaked(checkout)


def test_marks_in_tables_and_at_fixtures_are_those_of_the_file(checkout: Path) -> None:
    mark = "pytest.param(1, marks=pytest.mark.soak(rule='r', short='a::b'))"
    table = f"CASES = [{mark}]\n@pytest.fixture(params=[{mark}])\ndef link(): ...\n"
    (checkout / "tests/test_table.py").write_text(table)
    found = [row for row in soaked(checkout) if row.test == "tests/test_table.py"]
    assert found == [Soaked("tests/test_table.py", "r", ("a::b",), partly=True)] * 2


def test_a_short_test_that_is_absent_or_long_itself_is_named(checkout: Path) -> None:
    rows = [
        Soaked("tests/test_long.py::test_kills", "x", ("tests/test_short.py::test_one_kill",)),
        Soaked("tests/test_whole.py", "x", ("tests/test_short.py::test_gone", "tests/none.py::test_x")),
        Soaked("tests/a.py", "x", ("tests/test_long.py::test_kills", "tests/test_whole.py::test_round")),
    ]
    assert missing(rows, checkout) == [
        "tests/test_short.py::test_gone", "tests/none.py::test_x", "tests/test_long.py::test_kills",
        "tests/test_whole.py::test_round",
    ]  # fmt: skip


def test_no_long_test_of_this_checkout_is_the_only_one_of_its_rule() -> None:
    rows = soaked()
    assert rows
    assert missing(rows) == []
