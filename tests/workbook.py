"""Writes XLSX files as spreadsheets do, in place of one: shared strings, inline strings, numbers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(rows: Sequence[Sequence[str | int | None]], *, shared: bool = True) -> bytes:
    """A workbook whose second sheet holds something else."""
    texts: list[str] = []
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = [
            _cell(f"{chr(ord('A') + column)}{number}", value, texts if shared else None)
            for column, value in enumerate(row)
            if value is not None
        ]
        if cells:
            lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="一" sheetId="1" r:id="rId7"/>'
        '<sheet name="二" sheetId="2" r:id="rId8"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">'
        '<Relationship Id="rId8" Type="t" Target="worksheets/other.xml"/>'
        '<Relationship Id="rId7" Type="t" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>'
        + "".join(lines)
        + "</sheetData></worksheet>",
        "xl/worksheets/other.xml": f'<worksheet xmlns="{_MAIN}"><sheetData/></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">'
        + "".join(f"<si><r><t>{escape(text)}</t></r><rPh><t>拼音</t></rPh></si>" for text in texts)
        + "</sst>",
    }
    return packed({name: f"{_HEAD}\n{text}".encode() for name, text in parts.items()})


def packed(parts: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return held.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _cell(place: str, value: str | int, texts: list[str] | None) -> str:
    if isinstance(value, int):
        return f'<c r="{place}"><v>{value}.0</v></c>'
    if texts is None:
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    texts.append(value)
    return f'<c r="{place}" t="s"><v>{len(texts) - 1}</v></c>'
