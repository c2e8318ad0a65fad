"""A table that people bring: CSV in UTF-8 with or without a byte order mark or in GB18030, as spreadsheets in
China save it, or the first sheet of an XLSX file. What is wrong is said by line, with the remedy.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel

from core.errors import Invalid
from core.translation import Translatable
from core.translation import gettext_lazy as _
from core.xlsx_rows import SIGNATURE, NotXlsx, rows_of

MOST_BYTES: Final = 16 * 1024 * 1024
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")

csv.field_size_limit(1 << 20)


class TableUnreadable(Invalid):
    """Nothing was taken from it."""

    kind = "table-unreadable"
    title = "This file cannot be read as a table"


class LineProblem(BaseModel):
    """What is wrong in a line, and what to do about it; `column` as the file calls it, or empty."""

    column: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


class LineReport(BaseModel):
    """One line of the file, from 2; `key` is whom or what it is about. `changes` names what will be other
    than it is.
    """

    line: int
    key: str
    act: Literal["add", "change", "same", "refused"]
    changes: list[str] = []
    problems: list[LineProblem] = []


class TableReport(BaseModel):
    """What an import does or did. All lines are taken or none: `applied` is False for a trial, and when a
    line is refused.
    """

    encoding: str
    added: int
    changed: int
    same: int
    refused: int
    applied: bool
    lines: list[LineReport]


async def whole_body(stream: AsyncIterator[bytes]) -> bytes:
    """The file that a request brings. Raises `TableUnreadable` beyond `MOST_BYTES`."""
    found = bytearray()
    async for chunk in stream:
        found += chunk
        if len(found) > MOST_BYTES:
            raise TableUnreadable(f"larger than {MOST_BYTES >> 20} MB", remedy="split the file")
    return bytes(found)


@dataclass(frozen=True, slots=True)
class CsvLine:
    """`cells` by our name of the column, without spaces around; an empty cell is not there."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CsvTable:
    encoding: str
    columns: Sequence[str]
    lines: Sequence[CsvLine]


def read_csv(
    data: bytes, columns: Mapping[str, str], *, required: Sequence[str], most: int = 10_000
) -> CsvTable:
    """The table in `data`. `columns` are our names, each with its Chinese one: a header has either.

    Raises `TableUnreadable`.
    """
    filled, encoding = _filled(data, most)
    if not filled:
        raise TableUnreadable("it is empty", remedy=f"its first line names columns: {', '.join(columns)}")
    header = _header(filled[0][1], columns, required)
    if len(filled) - 1 > most:
        raise TableUnreadable(f"more than {most} lines", remedy="split the file")
    found = [
        CsvLine(number, {name: cell.strip() for name, cell in zip(header, row, strict=False) if cell.strip()})
        for number, row in filled[1:]
    ]
    return CsvTable(encoding, header, found)


def without_lines(data: bytes, lines: Collection[int], *, most: int = 1_000_000) -> bytes:
    """The same table as CSV without these lines; the others keep their numbers. Raises `TableUnreadable`."""
    rows = dict(_filled(data, most)[0])
    text = io.StringIO()
    writer = csv.writer(text)
    for number in range(1, max(rows, default=0) + 1):
        row = rows.get(number, ())
        # A line break within a cell would move the numbers of the lines below.
        writer.writerow([] if number in lines else [" ".join(cell.split()) for cell in row])
    return text.getvalue().encode()


def _filled(data: bytes, most: int) -> tuple[list[tuple[int, list[str]]], str]:
    """Number and cells of the lines that have any, and how the file is encoded."""
    if len(data) > MOST_BYTES:
        raise TableUnreadable(f"larger than {MOST_BYTES >> 20} MB", remedy="split the file")
    if data.startswith(SIGNATURE):
        try:
            return rows_of(data, most=most + 1), "xlsx"
        except NotXlsx as error:
            remedy = "save it again as XLSX without a password, or as CSV UTF-8"
            raise TableUnreadable(f"not XLSX: {error}", remedy=remedy) from error
    text, encoding = _decoded(data)
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = max(",;\t，", key=first.count)
    lines = text.splitlines()
    if separator == "，":
        raise TableUnreadable(
            "cells are separated by the Chinese comma ，", remedy="save it from a spreadsheet as CSV"
        )
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        raise TableUnreadable(f"not CSV: {error}", remedy="save it from a spreadsheet as CSV") from error
    filled = [(number, row) for number, row in enumerate(rows, start=1) if any(cell.strip() for cell in row)]
    return filled, encoding


def _header(row: Sequence[str], columns: Mapping[str, str], required: Sequence[str]) -> list[str]:
    by_name = {other: name for name, other in columns.items()} | {name: name for name in columns}
    names = [cell.strip() for cell in row]
    known = [by_name.get(name, by_name.get(name.lower(), name)) for name in names]
    unknown = [name for name, ours in zip(names, known, strict=True) if ours not in columns]
    lacking = [name for name in required if name not in known]
    doubled = sorted({name for name in known if known.count(name) > 1})
    if unknown or lacking or doubled:
        parts = [
            f"unknown columns: {', '.join(unknown)}" if unknown else "",
            f"missing columns: {', '.join(lacking)}" if lacking else "",
            f"columns that stand twice: {', '.join(doubled)}" if doubled else "",
        ]
        listed = ", ".join(f"{name} ({other})" for name, other in columns.items())
        raise TableUnreadable("; ".join(filter(None, parts)), remedy=f"columns are {listed}")
    return known


def _decoded(data: bytes) -> tuple[str, str]:
    if data.startswith(_UTF16):
        raise TableUnreadable("it is UTF-16", remedy="save it as CSV UTF-8, or as CSV in GB18030")
    for name, encoding in (("utf-8", "utf-8-sig"), ("gb18030", "gb18030")):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, name
    raise TableUnreadable("it is neither UTF-8 nor GB18030", remedy="save it as CSV UTF-8")


def problem(column: str, what: Translatable, remedy: Translatable) -> LineProblem:
    return LineProblem(
        column=column,
        zh=what.in_language("zh"),
        en=what.in_language("en"),
        remedy_zh=remedy.in_language("zh"),
        remedy_en=remedy.in_language("en"),
    )


def refused_cell(column: str, why: str, remedy: Translatable | None = None) -> LineProblem:
    """A value that the column does not take; `why` is the rule's own words."""
    return problem(
        column,
        _("{column} is not valid: {why}", column=column, why=why),
        remedy or _("Correct the cell."),
    )


def stands_twice(column: str, key: str, first: int) -> LineProblem:
    return problem(
        column,
        _("{key} stands already in line {line}", key=key, line=first),
        _("Remove one of the two lines."),
    )


def report(table: CsvTable, lines: Sequence[LineReport], *, applied: bool) -> TableReport:
    """With the counts of the lines."""
    acts = [line.act for line in lines]
    return TableReport(
        encoding=table.encoding,
        added=acts.count("add"),
        changed=acts.count("change"),
        same=acts.count("same"),
        refused=acts.count("refused"),
        applied=applied,
        lines=list(lines),
    )
