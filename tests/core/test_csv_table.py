"""Tables that people bring: encodings, headers, and what is refused with a remedy."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.csv_table import MOST_BYTES, TableUnreadable, read_csv

COLUMNS = {"id": "编号", "name": "名称"}
TEXT = "编号,名称\r\n7,道里一组\r\n\r\n8,\r\n"


def table(data: bytes) -> tuple[str, list[tuple[int, dict[str, str]]]]:
    found = read_csv(data, COLUMNS, required=("id",), most=5)
    return found.encoding, [(line.number, dict(line.cells)) for line in found.lines]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("gbk", "gb18030")],
)
def test_chinese_spreadsheets_are_read_in_each_encoding(encoding: str, said: str) -> None:
    assert table(TEXT.encode(encoding)) == (said, [(2, {"id": "7", "name": "道里一组"}), (4, {"id": "8"})])


@pytest.mark.parametrize(
    "text", ["id;name\n7;x\n", "id\tname\n7\tx\n", "ID,Name\n7,x\n", 'id,name\n"7","x"\n']
)
def test_other_separators_and_english_headers(text: str) -> None:
    assert table(text.encode()) == ("utf-8", [(2, {"id": "7", "name": "x"})])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        ("id,名字\n1,x\n".encode(), "unknown columns: 名字"),
        ("名称\nx\n".encode(), "missing columns: id"),
        (b"id,id\n1,2\n", "twice"),
        ("id，name\n1，x\n".encode(), "Chinese comma"),
        ("id,name\n1,x\n".encode("utf-16"), "UTF-16"),
        (b"id\n\xff\xff\xff", "neither"),
        (b'id,name\n"1,x\n', "not CSV"),
        (b"id\n" + b"1\n" * 6, "more than 5"),
        (b"x" * (MOST_BYTES + 1), "larger"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_do(data: bytes, why: str) -> None:
    with pytest.raises(TableUnreadable) as refused:
        table(data)
    assert why in refused.value.detail
    assert refused.value.remedy


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(TableUnreadable):
        table(b"id,name\n" + data)
