"""What complete runs took is kept row by row, and shown on the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.suite import page, runs
from tests.suite.runs import Part, Run

ONE = Run(
    day="2026-11-30", commit="abc1234", processors=2, set_up_s=61.0, seconds=1000.0, busy_s=1800.0,
    parts=(Part("rooms", 900.0, 5000), Part("real", 950.0, 800)), passed=5799, failed=0, skipped=1,
    again=("tests/a/test_b.py::test_c",),
)  # fmt: skip


def test_rows_are_read_as_they_were_kept(tmp_path: Path) -> None:
    file = tmp_path / "runs.jsonl"
    assert runs.read(file) == []
    other = replace(ONE, again=(), failed=2)
    runs.append(ONE, file)
    runs.append(other, file)
    assert runs.read(file) == [ONE, other]


def test_a_run_is_shown_with_each_part_and_with_what_was_run_once_more() -> None:
    *_, row = page.of_runs([ONE])
    assert row == (
        "| 2026-11-30 | abc1234 | 61 s | rooms 900 s, real 950 s | 1000 s | 90% of 2 "
        "| 5799 | 0 | 1 | `tests/a/test_b.py::test_c` |"
    )


def test_the_slowest_files_are_shown_and_no_more_than_thirty() -> None:
    rows = page.of_files({f"tests/test_{number}.py": float(number) for number in range(40)})
    assert rows[2] == "| `tests/test_39.py` | 39 |"
    assert len(rows) == 2 + page.SLOWEST


def test_only_what_stands_between_the_marks_is_replaced() -> None:
    text = "a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n"
    assert page.filled(text, "x", ["new"]) == "a\n<!-- x: begin -->\nnew\n<!-- x: end -->\nb\n"
    with pytest.raises(ValueError, match="no marks"):
        page.filled(text, "y", [])


def test_the_machine_has_been_busy_and_is_ever_longer() -> None:
    before = runs.busy_s()
    sum(range(3_000_000))
    assert 0 < before <= runs.busy_s()
