"""Beats are sets of cells: imported line by line, and checked for gaps and overlaps against the grid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.beats.check import check_beats
from cases.beats.importer import merge_beats, read_beats
from cases.beats.model import Beat, BeatIndex, ends_of
from cases.grid.index import GridIndex
from cases.grid.model import GridArea
from core.csv_table import TableUnreadable

FIRST = 230103000000000


def cells(*pairs: tuple[int, int]) -> tuple[str, ...]:
    return tuple(f"{FIRST + a}-{FIRST + b}" for a, b in pairs)


def a_beat(name: str, *pairs: tuple[int, int], line: int = 0, units: tuple[str, ...] = ("app:1",)) -> Beat:
    return Beat(beat_id=name, name_zh=f"网格{name}", cells=cells(*pairs), units=units, line=line)


def test_a_table_is_read_with_chinese_headers_and_lines_of_one_beat_add_up() -> None:
    data = (
        "责任网格编号,名称,单元网格,人员,处置单元\n"
        f"nangang-1,花园一号,{FIRST + 1}-{FIRST + 3};{FIRST + 9},wang,app:1\n"
        f"nangang-1,花园一号,{FIRST + 4}～{FIRST + 5},li,app:1\n"
        f"nangang-2,花园二号,{FIRST + 8},,\n"
    ).encode("gb18030")
    lines, beats = merge_beats(read_beats(data), ())
    assert [line.act for line in lines] == ["add", "add", "add"]
    one = beats[0]
    assert one.people == ("wang", "li")
    assert one.units == ("app:1",)
    assert one.line == 2
    index = BeatIndex(beats)
    of = [index.of(str(FIRST + cell)) for cell in (1, 3, 5, 6, 8, 9, 10)]
    assert [None if beat is None else beat.beat_id for beat in of] == [
        "nangang-1", "nangang-1", "nangang-1", None, "nangang-2", "nangang-1", None,
    ]  # fmt: skip
    again, same = merge_beats(
        read_beats(data.replace("花园二号".encode("gb18030"), "花园".encode("gb18030"))), beats
    )
    assert [line.act for line in again][-1] == "change"
    assert len(same) == 2


@pytest.mark.parametrize(
    "cell",
    ["12", "x", "230103000000009-230103000000001", "230103000000009-230104000000010", "0" * 15, "９" * 15],
)
def test_a_wrong_cell_refuses_its_line_and_says_which_column(cell: str) -> None:
    lines, beats = merge_beats(read_beats(f"beat_id,name_zh,cells\nb,二,{cell}\n".encode()), ())
    assert beats == []
    assert lines[0].act == "refused"
    assert lines[0].problems[0].column == "cells"
    assert lines[0].problems[0].remedy_zh


@given(st.text(max_size=40))
def test_any_text_is_a_range_or_refused(text: str) -> None:
    try:
        first, last = ends_of(text)
    except ValueError:
        return
    assert 10**13 <= first <= last < 10**16


@given(st.binary(max_size=300))
def test_any_bytes_that_are_no_table_of_beats_are_refused(data: bytes) -> None:
    with pytest.raises(TableUnreadable):
        read_beats(data)


Ranges = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 12)), min_size=1, max_size=4)


@given(st.lists(Ranges, max_size=6))
def test_the_first_beat_that_has_a_cell_counts_and_every_overlap_is_named(
    plan: list[list[tuple[int, int]]],
) -> None:
    beats = [a_beat(str(at), *((one, one + more) for one, more in ranges)) for at, ranges in enumerate(plan)]
    index = BeatIndex(beats)
    overlapping = {
        cell
        for overlap in index.overlaps()
        for cell in range(overlap.first - FIRST, overlap.last - FIRST + 1)
    }
    for cell in range(60):
        having = [
            at for at, ranges in enumerate(plan) if any(one <= cell <= one + more for one, more in ranges)
        ]
        found = index.of(str(FIRST + cell))
        assert (None if found is None else found.beat_id) == (str(having[0]) if having else None)
        assert (cell in overlapping) == (len(having) > 1)


def test_gaps_overlaps_unknown_cells_and_beats_of_nobody_are_named_with_line_and_remedy() -> None:
    whole = GridArea("230103", "南岗区", "Nangang", False, list(range(10)), [0] * 10)
    other = GridArea("230104", "道外区", "Daowai", False, list(range(5)), [9] * 5)
    beats = BeatIndex(
        [
            a_beat("a", (1, 4), line=2),
            a_beat("b", (4, 6), (99, 99), line=3),
            a_beat("c", (9, 9), line=4, units=()),
        ]
    )
    found = [(one.line, one.what) for one in check_beats(GridIndex([whole, other]), beats)]
    assert found == [
        (3, "b: the grid has no cell 230103000000099"),
        (3, "b has cell 230103000000004 of a too"),
        (4, "c: nobody answers for it"),
        (0, "no beat has cells 230103000000007-230103000000008"),
        (0, "no beat has cell 230103000000010"),
        (0, "230104 道外区: no cell has a beat"),
    ]
    assert all(one.remedy for one in check_beats(GridIndex([whole, other]), beats))
    fitting = BeatIndex([a_beat("a", (1, 10))])
    assert check_beats(GridIndex([whole]), fitting) == []


def test_a_beat_without_a_cell_is_none() -> None:
    with pytest.raises(ValidationError):
        Beat(beat_id="a", name_zh="一", cells=())
