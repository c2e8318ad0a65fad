"""Reads shifts from a table: a line a shift. The shifts of each unit that the file names are replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import ValidationError

from core.csv_table import CsvTable, LineReport, TableUnreadable, read_csv, refused_cell
from field.inspectors.model import MOST_SHIFTS, InspectorShift

COLUMNS: Final[Mapping[str, str]] = {
    "unit_id": "处置单元", "starts": "上班时间", "ends": "下班时间", "weekdays": "星期",
    "first": "开始日期", "last": "结束日期",
}  # fmt: skip
REQUIRED: Final = ("unit_id", "starts", "ends")
_NAMES: Final = {name: number for number, name in enumerate("一二三四五六日", start=1)} | {"天": 7}
_PIECE: Final = re.compile(r"([1-7])(?:\s*[-–~～至]\s*([1-7]))?", re.ASCII)


def read_shifts(data: bytes) -> CsvTable:
    """Raises `TableUnreadable`."""
    return read_csv(data, COLUMNS, required=REQUIRED, most=MOST_SHIFTS)


def weekdays(text: str) -> tuple[int, ...]:
    """The days of `1-5`, `6;7` or `周一至周五`. Raises `ValueError`."""
    plain = text.replace("星期", "").replace("周", "")
    plain = "".join(str(_NAMES.get(letter, letter)) for letter in plain)
    found: set[int] = set()
    for piece in filter(None, (one.strip() for one in re.split(r"[;；、,，\s]+", plain))):
        match = _PIECE.fullmatch(piece)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise ValueError(f"{text[:40]}: days are 1 (Monday) to 7, like 1-5 or 6;7")
        found |= set(range(int(match[1]), int(match[2] or match[1]) + 1))
    return tuple(sorted(found))


def merge_shifts(
    table: CsvTable, present: Iterable[InspectorShift]
) -> tuple[list[LineReport], list[InspectorShift]]:
    """What each line does, and the shifts as they would be. Raises `TableUnreadable`."""
    before = list(present)
    found: list[InspectorShift] = []
    lines: list[LineReport] = []
    for line in table.lines:
        key = line.cells.get("unit_id", "")
        try:
            days = weekdays(line.cells.get("weekdays", ""))
        except ValueError as error:
            wrong = [refused_cell("weekdays", str(error))]
            lines.append(LineReport(line=line.number, key=key, act="refused", problems=wrong))
            continue
        try:
            shift = InspectorShift.model_validate({**line.cells, "weekdays": days})
        except ValidationError as error:
            wrong = [
                refused_cell(
                    ".".join(map(str, one["loc"][:1])), str(one["msg"]).removeprefix("Value error, ")
                )
                for one in error.errors()[:5]
            ]
            lines.append(LineReport(line=line.number, key=key, act="refused", problems=wrong))
            continue
        found.append(shift)
        act = "same" if shift in before else "change" if any(one.unit_id == key for one in before) else "add"
        lines.append(LineReport(line=line.number, key=key, act=act))
    named = {one.unit_id for one in found}
    after = [*(one for one in before if one.unit_id not in named), *dict.fromkeys(found)]
    if len(after) > MOST_SHIFTS:
        raise TableUnreadable(f"more than {MOST_SHIFTS} shifts", remedy="remove shifts that are over")
    return lines, after
