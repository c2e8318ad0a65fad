"""Reads shifts from a table: a line a shift. The shifts of each unit that the file names are replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import ValidationError

from core.csv_table import CsvTable, LineReport, TableUnreadable, read_csv, refused_cell
from core.weekly import weekdays
from field.inspectors.model import MOST_SHIFTS, InspectorShift

COLUMNS: Final[Mapping[str, str]] = {
    "unit_id": "处置单元", "starts": "上班时间", "ends": "下班时间", "weekdays": "星期",
    "first": "开始日期", "last": "结束日期",
}  # fmt: skip
REQUIRED: Final = ("unit_id", "starts", "ends")


def read_shifts(data: bytes) -> CsvTable:
    """Raises `TableUnreadable`."""
    return read_csv(data, COLUMNS, required=REQUIRED, most=MOST_SHIFTS)


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
