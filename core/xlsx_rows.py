"""The rows of the first sheet of an XLSX file (ISO/IEC 29500), as texts.

Read by hand, because a table of names and numbers needs a hundredth of what a library for spreadsheets does:
no formulas, styles or dates. A cell with a formula has the value that the spreadsheet kept. Document types
and entities are refused, and what a small file unpacks to is limited.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from lxml import etree

SIGNATURE: Final = b"PK\x03\x04"
"""How every XLSX file begins."""
MOST_BYTES: Final = 64 * 1024 * 1024
"""Of one unpacked part."""
MOST_COLUMNS: Final = 200
MOST_ROWS: Final = 1_048_576
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT: Final = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATED: Final = re.compile(r"\{[^}]*relationships\}id")
_REFERENCE: Final = re.compile(r"^([A-Z]{1,3})[0-9]{1,7}$")
_NUMBER: Final = re.compile(r"^-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$")
MOST_DIGITS: Final = 20
_DECLARED: Final = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, etree.XMLSyntaxError, EOFError, OSError, RuntimeError,
    ValueError, LookupError,
)  # fmt: skip
"""What `zipfile` and lxml raise for damaged, encrypted and unusual files."""

Element = Any
"""An element of lxml, which has no types."""


class NotXlsx(ValueError):
    """The file is no workbook that is read here; the text says why."""


def rows_of(data: bytes, *, most: int) -> list[tuple[int, list[str]]]:
    """Number and cells of each row that has any, at most `most` of them. Raises `NotXlsx`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            shared = _shared(archive)
            return list(_rows(_part(archive, _first_sheet(archive)), shared, most))
    except NotXlsx:
        raise
    except _BROKEN as error:
        raise NotXlsx("it is damaged or encrypted") from error


def _rows(sheet: Element, shared: list[str], most: int) -> Iterator[tuple[int, list[str]]]:
    number, told = 0, 0
    for row in _below(sheet, "row"):
        given = row.get("r", "")
        number = int(given) if given.isascii() and given.isdigit() and len(given) < 8 else number + 1
        if number > MOST_ROWS:
            raise NotXlsx("it has more rows than a sheet can have")
        cells = _cells(row, shared)
        if not any(cell.strip() for cell in cells):
            continue
        told += 1
        if told > most:
            raise NotXlsx(f"it has more than {most - 1} lines")
        yield number, cells


def _cells(row: Element, shared: list[str]) -> list[str]:
    found: list[str] = []
    for cell in _below(row, "c"):
        place = _REFERENCE.match(cell.get("r", ""))
        column = _column(place[1]) if place else len(found)
        if column >= MOST_COLUMNS:
            raise NotXlsx(f"it has more than {MOST_COLUMNS} columns")
        found += [""] * (column + 1 - len(found))
        found[column] = _text(cell, shared)
    return found


def _text(cell: Element, shared: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _strings(cell)
    value = next((one.text or "" for one in _below(cell, "v")), "")
    if kind == "s":
        known = value.isascii() and value.isdigit() and len(value) < 9 and int(value) < len(shared)
        return shared[int(value)] if known else ""
    if kind == "b":
        return "yes" if value == "1" else "no"
    if kind == "e":
        return ""
    return _number(value) if kind == "n" else value


def _number(text: str) -> str:
    """A whole number without point and exponent, as a person reads it; every other text as it is."""
    if not _NUMBER.match(text):
        return text
    number = Decimal(text)
    is_whole = number == number.to_integral_value() and number.adjusted() < MOST_DIGITS
    return str(int(number)) if is_whole else text


def _strings(element: Element) -> str:
    """Its text without the reading aids that East Asian spreadsheets keep (`rPh`)."""
    aids = (f"{_MAIN}rPh", f"{_STRICT}rPh")
    return "".join(
        one.text or ""
        for one in _below(element, "t")
        if not any(up.tag in aids for up in one.iterancestors())
    )


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [_strings(one) for one in _below(_part(archive, "xl/sharedStrings.xml"), "si")]


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """The name of its part, by the workbook and its relations."""
    book = _part(archive, "xl/workbook.xml")
    sheet = next(_below(book, "sheet"), None)
    if sheet is None:
        raise NotXlsx("it has no sheet")
    known: Mapping[str, str] = sheet.attrib
    wanted = next((value for key, value in known.items() if _RELATED.fullmatch(key)), "")
    relations = _part(archive, "xl/_rels/workbook.xml.rels")
    for one in relations.iter():
        if isinstance(one.tag, str) and one.get("Id") == wanted and wanted:
            target = str(one.get("Target", ""))
            return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    raise NotXlsx("its first sheet is missing")


def _part(archive: zipfile.ZipFile, name: str) -> Element:
    try:
        told = archive.getinfo(name)
    except KeyError:
        raise NotXlsx(f"{name} is missing: it is no workbook") from None
    if told.file_size > MOST_BYTES:
        raise NotXlsx("it unpacks to too much")
    with archive.open(told) as stream:
        text = stream.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES or _DECLARED.search(text):
        raise NotXlsx("it unpacks to too much, or has a document type")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    return etree.fromstring(text, parser)


def _below(element: Element, name: str) -> Iterator[Element]:
    yield from element.iter(f"{_MAIN}{name}", f"{_STRICT}{name}")


def _column(letters: str) -> int:
    """From 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
