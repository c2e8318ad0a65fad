"""Tables that are brought as XLSX: read as their CSV would be, and any bytes are read or refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.csv_table import TableUnreadable, read_csv, without_lines
from core.xlsx_rows import NotXlsx, rows_of
from tests.workbook import packed, unpacked, workbook

COLUMNS = {"id": "编号", "name": "名称"}
ROWS: list[list[str | int | None]] = [
    ["编号", "名称"],
    [7, "道里一组 <&>"],
    [None, None],
    [8, None],
    ["app:9", "三组"],
]


@pytest.mark.parametrize("shared", [True, False])
def test_a_workbook_is_read_with_the_numbers_of_its_rows(shared: bool) -> None:
    table = read_csv(workbook(ROWS, shared=shared), COLUMNS, required=("id",))
    assert table.encoding == "xlsx"
    assert [(line.number, dict(line.cells)) for line in table.lines] == [
        (2, {"id": "7", "name": "道里一组 <&>"}), (4, {"id": "8"}), (5, {"id": "app:9", "name": "三组"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stored", "read"),
    [("13904510001", "13904510001"), ("1.3904510001E10", "13904510001"), ("7.0", "7"), ("-3", "-3"),
     ("126.65", "126.65"), ("2.5e-3", "2.5e-3"), ("1e99", "1e99"), ("", ""), ("x", "x")],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(stored: str, read: str) -> None:
    data = packed(
        {
            name: text.replace(b"<v>1.0</v>", f"<v>{stored}</v>".encode())
            for name, text in unpacked(workbook([["编号"], ["a", 1]])).items()
        }
    )
    assert [cells[1] for _number, cells in rows_of(data, most=5)[1:]] == [read]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PK\x03\x04", "damaged"),
        (packed({"a": b"b"}), "no workbook"),
        (packed({"xl/workbook.xml": b"<workbook/>"}), "no sheet"),
        (packed({"xl/workbook.xml": b"<!DOCTYPE a><workbook/>"}), "document type"),
        (packed({"xl/workbook.xml": b"<workbook"}), "damaged"),
        (packed({"xl/workbook.xml": b" " * (65 << 20)}), "unpacks to too much"),
        (workbook([["编号"], *[[n] for n in range(12)]]), "more than 10 lines"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(data: bytes, why: str) -> None:
    with pytest.raises(TableUnreadable) as refused:
        read_csv(data, COLUMNS, required=("id",), most=10)
    assert why in refused.value.detail
    assert refused.value.remedy


def test_lines_that_are_left_out_move_no_other() -> None:
    left = without_lines(workbook(ROWS), {2})
    table = read_csv(left, COLUMNS, required=("id",))
    assert [(line.number, line.cells["id"]) for line in table.lines] == [(4, "8"), (5, "app:9")]


@given(
    st.lists(st.lists(st.text("编号a;,\"' \n\r", max_size=6), min_size=2, max_size=2), max_size=6), st.data()
)
def test_any_table_keeps_the_numbers_of_its_other_lines(rows: list[list[str]], draw: st.DataObject) -> None:
    whole = read_csv(workbook([["编号", "名称"], *rows]), COLUMNS, required=("id",))
    out = draw.draw(st.sets(st.sampled_from([line.number for line in whole.lines] or [99])))
    left = read_csv(without_lines(workbook([["编号", "名称"], *rows]), out), COLUMNS, required=("id",))
    wanted = [line for line in whole.lines if line.number not in out]
    assert [(one.number, _flat(one.cells)) for one in left.lines] == [
        (one.number, _flat(one.cells)) for one in wanted
    ]


def _flat(cells: object) -> dict[str, str]:
    assert isinstance(cells, dict)
    return {key: " ".join(value.split()) for key, value in cells.items()}


@given(st.data())
def test_any_damage_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(workbook(ROWS))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(NotXlsx):
        rows_of(bytes(whole[: data.draw(st.integers(4, len(whole)))]), most=10)
