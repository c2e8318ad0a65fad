"""Reads recipients from a table, one line for each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from core.csv_table import (
    CsvTable,
    LineProblem,
    LineReport,
    TableUnreadable,
    read_csv,
    refused_cell,
    stands_twice,
)
from core.translation import gettext_lazy as _
from warning.recipients.model import MOST_RECIPIENTS, Recipient, RecipientArea, area_in, masked, ways_in

COLUMNS: Final[Mapping[str, str]] = {
    "name": "姓名",
    "number": "电话",
    "role": "职务",
    "area": "范围",
    "by": "方式",
}
REQUIRED: Final = ("name", "number", "area")
CHANGED: Final = ("name", "role", "by", "area")


def read_recipients(data: bytes) -> CsvTable:
    """Raises `TableUnreadable`."""
    return read_csv(data, COLUMNS, required=REQUIRED, most=MOST_RECIPIENTS)


def merge_recipients(
    table: CsvTable, present: Iterable[Recipient], beats: frozenset[str], new_id: Callable[[], UUID]
) -> tuple[list[LineReport], list[Recipient]]:
    """What each line does, and the recipients that are new or other than they were. A number that is known is
    changed, and keeps its id. `beats` are those that are known. Raises `TableUnreadable`.
    """
    before = {one.number: one for one in present}
    first: dict[str, int] = {}
    changed: dict[str, Recipient] = {}
    lines: list[LineReport] = []
    for line in table.lines:
        found = _recipient(line.cells, beats, new_id)
        if isinstance(found, LineProblem):
            key = masked(line.cells.get("number", ""))
            lines.append(LineReport(line=line.number, key=key, act="refused", problems=[found]))
            continue
        key = masked(found.number)
        if found.number in first:
            again = stands_twice("number", key, first[found.number])
            lines.append(LineReport(line=line.number, key=key, act="refused", problems=[again]))
            continue
        first[found.number] = line.number
        known = before.get(found.number)
        changes = (
            [] if known is None else [one for one in CHANGED if getattr(known, one) != getattr(found, one)]
        )
        if known is None:
            changed[found.number] = found
            lines.append(LineReport(line=line.number, key=key, act="add"))
        elif changes:
            changed[found.number] = found.model_copy(update={"recipient_id": known.recipient_id})
            lines.append(LineReport(line=line.number, key=key, act="change", changes=changes))
        else:
            lines.append(LineReport(line=line.number, key=key, act="same"))
    if len(before.keys() | changed.keys()) > MOST_RECIPIENTS:
        raise TableUnreadable(f"more than {MOST_RECIPIENTS} recipients", remedy="remove some first")
    return lines, list(changed.values())


def _recipient(
    cells: Mapping[str, str], beats: frozenset[str], new_id: Callable[[], UUID]
) -> Recipient | LineProblem:
    try:
        area = area_in(cells.get("area", ""))
    except ValueError as error:
        return refused_cell("area", _reason(error), _AREA_REMEDY)
    unknown = [beat for beat in area.beats if beat not in beats]
    if unknown:
        return refused_cell("area", f"beat:{unknown[0]} is not known", _AREA_REMEDY)
    return _checked(cells, area, new_id())


def _checked(cells: Mapping[str, str], area: RecipientArea, recipient_id: UUID) -> Recipient | LineProblem:
    told = {name: cells.get(name, "") for name in ("number", "name", "role")}
    try:
        return Recipient(recipient_id=recipient_id, area=area, by=ways_in(cells.get("by", "")), **told)
    except ValidationError as error:
        return refused_cell(str(next(iter(error.errors()[0]["loc"]), "by")), _reason(error))
    except ValueError as error:
        return refused_cell("by", _reason(error))


def _reason(error: ValueError) -> str:
    said = str(error.errors()[0]["msg"]) if isinstance(error, ValidationError) else str(error)
    return said.removeprefix("Value error, ")


_AREA_REMEDY: Final = _(
    "Give districts of six digits, beat:ID, or polygons as LON LAT, LON LAT, …; between them ;"
)
