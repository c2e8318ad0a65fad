"""What passed only the second time is written down, and is given no second chance for ten runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.suite.unsteady import Rerun, Row, append, count, next_run, read, refused

REACHED = Rerun("tests/real/test_x.py::test_reached", "real", "no talk within 20 s")
ROW = Row(7, "2026-11-30", "abc1234", (REACHED,))


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "unsteady.jsonl"
    assert read(file) == []
    append(ROW, file)
    append(Row(9, "2026-12-01", "def5678", ()), file)
    assert read(file) == [ROW, Row(9, "2026-12-01", "def5678", ())]


def test_a_second_rerun_within_ten_runs_is_refused() -> None:
    assert refused([ROW], 8) == {REACHED.test}
    assert refused([ROW], 16) == {REACHED.test}
    assert refused([ROW], 17) == frozenset()


def test_a_mended_test_begins_anew() -> None:
    mended = Row(7, ROW.day, ROW.commit, (replace(REACHED, mended="def5678"),))
    assert refused([mended], 8) == frozenset()
    assert refused([mended, ROW], 8) == {REACHED.test}


def test_runs_are_counted_on_from_the_last_row(tmp_path: Path) -> None:
    counted = tmp_path / "complete-runs.json"
    assert next_run([], counted) == 1
    assert next_run([ROW], counted) == 8
    count(12, counted)
    assert next_run([ROW], counted) == 13
