"""Reads cameras from a table. A file is taken as a whole or not at all; each refused line says why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from core.csv_table import (
    CsvLine,
    CsvTable,
    LineProblem,
    LineReport,
    problem,
    read_csv,
    refused_cell,
    stands_twice,
)
from core.translation import gettext_lazy as _
from sensing.cameras.model import COLUMNS, KEPT, REQUIRED, RegisteredCamera

MOST_LINES: Final = 50_000
MOST_SAID: Final = 200


@dataclass(frozen=True, slots=True)
class CameraLine:
    """A line of the file: the camera that it asks for, or why not."""

    report: LineReport
    camera: RegisteredCamera | None = None


def read_cameras(data: bytes) -> CsvTable:
    """Raises `TableUnreadable`."""
    return read_csv(data, COLUMNS, required=REQUIRED, most=MOST_LINES)


def check_cameras(
    table: CsvTable, present: Mapping[str, RegisteredCamera], accounts: Collection[str]
) -> list[CameraLine]:
    """What each line does. `accounts` are those of the settings. An empty cell of a camera that is there
    leaves it as it is.
    """
    first: dict[str, int] = {}
    owners = {one.gb_id: one.code for one in present.values() if one.gb_id}
    return [_line(line, present, first, owners, accounts) for line in table.lines]


def _line(
    line: CsvLine,
    present: Mapping[str, RegisteredCamera],
    first: dict[str, int],
    owners: dict[str, str],
    accounts: Collection[str],
) -> CameraLine:
    code = line.cells.get("code", "")
    known = present.get(code)
    try:
        camera = RegisteredCamera.model_validate(
            {**({} if known is None else known.model_dump()), **line.cells}
        )
    except ValidationError as error:
        wrong = [_problem(".".join(map(str, one["loc"][:1])), str(one["msg"])) for one in error.errors()[:5]]
        return CameraLine(LineReport(line=line.number, key=code[:40], act="refused", problems=wrong))
    fault = _fault(camera, first, owners, accounts)
    if fault is not None:
        return CameraLine(LineReport(line=line.number, key=code, act="refused", problems=[fault]))
    first[code] = line.number
    if camera.gb_id:
        owners[camera.gb_id] = code
    return CameraLine(_report(line.number, camera, known), camera)


def _fault(
    camera: RegisteredCamera, first: Mapping[str, int], owners: Mapping[str, str], accounts: Collection[str]
) -> LineProblem | None:
    if camera.code in first:
        return stands_twice("code", camera.code, first[camera.code])
    other = owners.get(camera.gb_id, camera.code)
    if other != camera.code:
        return problem(
            "gb_id",
            _("{gb_id} is the id of camera {code} already", gb_id=camera.gb_id, code=other),
            _("Each camera has an id of its own: correct one of the two."),
        )
    if camera.account and camera.account not in accounts:
        return problem(
            "account",
            _("the settings have no account {account}", account=camera.account),
            _("Add it to [sensing.accounts], or correct the cell."),
        )
    return None


def _report(number: int, camera: RegisteredCamera, known: RegisteredCamera | None) -> LineReport:
    if known is None:
        return LineReport(line=number, key=camera.code, act="add")
    changes = [
        f"{name}: {_text(getattr(known, name))} → {_text(getattr(camera, name))}"[:MOST_SAID]
        for name in KEPT
        if getattr(known, name) != getattr(camera, name)
    ]
    return LineReport(line=number, key=camera.code, act="change" if changes else "same", changes=changes)


def _problem(column: str, said: str) -> LineProblem:
    if column == "gb_id":
        return refused_cell(
            "gb_id",
            said.removeprefix("Value error, "),
            _("20 digits: centre 8, industry 2, type 131 or 132, network 1, sequence 6."),
        )
    return refused_cell(column or "azimuth", said.removeprefix("Value error, "))


def _text(value: object) -> str:
    return "–" if value in {None, ""} else str(value)
