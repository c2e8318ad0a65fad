"""Reads parts from a table. A file is taken as a whole or not at all; each refused line says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from cases.parts.model import COLUMNS, KEPT, REQUIRED, RegisteredPart
from core.csv_table import CsvLine, CsvTable, LineReport, problem, read_csv, refused_cell, stands_twice
from core.place import Position
from core.translation import gettext_lazy as _

MOST_LINES: Final = 200_000
MOST_SAID: Final = 200
CellOf = Callable[[Position], str]
"""The cell of a point; empty outside of the grid."""


@dataclass(frozen=True, slots=True)
class PartLine:
    """A line of the file: the part that it asks for, or why not."""

    report: LineReport
    part: RegisteredPart | None = None


def read_parts(data: bytes) -> CsvTable:
    """Raises `TableUnreadable`."""
    return read_csv(data, COLUMNS, required=REQUIRED, most=MOST_LINES)


def check_parts(
    table: CsvTable, present: Mapping[str, RegisteredPart], *, codes: Mapping[str, str], cell_of: CellOf
) -> list[PartLine]:
    """What each line does. `codes` are the classes of the catalogue, four digits each with its name. An empty
    cell of a part that is there leaves it as it is.
    """
    first: dict[str, int] = {}
    return [_line(line, present, first, codes, cell_of) for line in table.lines]


def _line(
    line: CsvLine,
    present: Mapping[str, RegisteredPart],
    first: dict[str, int],
    codes: Mapping[str, str],
    cell_of: CellOf,
) -> PartLine:
    part_id = line.cells.get("part_id", "")
    known = present.get(part_id)
    try:
        part = RegisteredPart.model_validate({**({} if known is None else known.model_dump()), **line.cells})
    except ValidationError as error:
        wrong = [_problem(".".join(map(str, one["loc"][:1])), str(one["msg"])) for one in error.errors()[:5]]
        return PartLine(LineReport(line=line.number, key=part_id, act="refused", problems=wrong))
    if part_id in first:
        twice = stands_twice("part_id", part_id, first[part_id])
        return PartLine(LineReport(line=line.number, key=part_id, act="refused", problems=[twice]))
    first[part_id] = line.number
    if part.class_code not in codes:
        unknown = problem(
            "part_id",
            _("the class {code} of {part} is not in the catalogue", code=part.class_code, part=part_id),
            _("Digits 7 to 10 are major and minor class: see the catalogue."),
        )
        return PartLine(LineReport(line=line.number, key=part_id, act="refused", problems=[unknown]))
    if part.position is not None and "cell" not in line.cells and _moved(part, known):
        part = part.model_copy(update={"cell": cell_of(part.position)})
    return PartLine(_report(line.number, part, known), part)


def _moved(part: RegisteredPart, known: RegisteredPart | None) -> bool:
    return known is None or not known.cell or (known.lon, known.lat) != (part.lon, part.lat)


def _report(number: int, part: RegisteredPart, known: RegisteredPart | None) -> LineReport:
    if known is None:
        return LineReport(line=number, key=part.part_id, act="add")
    changes = [
        f"{name}: {_text(getattr(known, name))} → {_text(getattr(part, name))}"[:MOST_SAID]
        for name in KEPT
        if getattr(known, name) != getattr(part, name)
    ]
    return LineReport(line=number, key=part.part_id, act="change" if changes else "same", changes=changes)


def _problem(column: str, said: str) -> object:
    if column == "part_id":
        return refused_cell(
            "part_id", said, _("16 digits: county 6, major class 2, minor class 2, sequence 6.")
        )
    return refused_cell(column or "lon", said.removeprefix("Value error, "))


def _text(value: object) -> str:
    return "–" if value in {None, ""} else str(value)


def asked_ids(table: CsvTable) -> Sequence[str]:
    """The ids that the file names, each once."""
    return list(dict.fromkeys(line.cells.get("part_id", "") for line in table.lines))
