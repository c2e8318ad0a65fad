"""Reads duty times from a table: a line a time. Those of each person that the file names are replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from cases.duty.model import MOST_DUTY_TIMES, DutyTime
from core.csv_table import CsvLine, CsvTable, LineReport, TableUnreadable, read_csv, refused_cell
from core.weekly import weekdays

COLUMNS: Final[Mapping[str, str]] = {
    "department": "部门编号", "user_id": "人员", "starts": "上班时间", "ends": "下班时间", "weekdays": "星期",
    "day_kind": "日期类别", "first": "开始日期", "last": "结束日期", "phone": "值班电话",
}  # fmt: skip
REQUIRED: Final = ("department", "user_id", "starts", "ends")
_DAYS: Final = {"": "all", "每天": "all", "工作日": "working", "休息日": "free", "节假日": "free"}


def read_duty_times(data: bytes) -> CsvTable:
    """Raises `TableUnreadable`."""
    return read_csv(data, COLUMNS, required=REQUIRED, most=MOST_DUTY_TIMES)


def merge_duty_times(table: CsvTable, present: Iterable[DutyTime]) -> tuple[list[LineReport], list[DutyTime]]:
    """What each line does, and the duty times as they would be. Raises `TableUnreadable`."""
    before = list(present)
    known, keys = set(before), {one.key for one in before}
    found: list[DutyTime] = []
    lines: list[LineReport] = []
    for line in table.lines:
        key = f"{line.cells.get('department', '')} {line.cells.get('user_id', '')}"
        try:
            one = DutyTime.model_validate(_values(line))
        except ValidationError as error:
            wrong = [
                refused_cell(
                    ".".join(map(str, each["loc"][:1])), str(each["msg"]).removeprefix("Value error, ")
                )
                for each in error.errors()[:5]
            ]
            lines.append(LineReport(line=line.number, key=key, act="refused", problems=wrong))
            continue
        except ValueError as error:
            problems = [refused_cell("weekdays", str(error))]
            lines.append(LineReport(line=line.number, key=key, act="refused", problems=problems))
            continue
        found.append(one)
        act = "same" if one in known else "change" if one.key in keys else "add"
        lines.append(LineReport(line=line.number, key=key, act=act))
    named = {one.key for one in found}
    after = [*(one for one in before if one.key not in named), *dict.fromkeys(found)]
    if len(after) > MOST_DUTY_TIMES:
        raise TableUnreadable(f"more than {MOST_DUTY_TIMES} duty times", remedy="remove those that are over")
    return lines, after


def _values(line: CsvLine) -> dict[str, Any]:
    """Raises `ValueError`."""
    cells = line.cells
    days = cells.get("day_kind", "")
    return {**cells, "weekdays": weekdays(cells.get("weekdays", "")), "day_kind": _DAYS.get(days, days)}
