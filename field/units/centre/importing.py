"""Adds and changes the units of a table. Every line is checked first: when one is refused, nothing is
done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from pydantic import BaseModel

from core.actor import Actor
from core.csv_table import (
    CsvLine,
    CsvTable,
    LineProblem,
    LineReport,
    TableReport,
    problem,
    read_csv,
    refused_cell,
    report,
    stands_twice,
)
from core.errors import Invalid, SonghuaError
from core.ids import uuid7
from core.operations import OperationMemory
from core.translation import gettext_lazy as _
from field import rights
from field.contract.names import UID_PATTERN, name_key
from field.units.centre.service import UnitChange, UnitRegister, checked
from field.units.model import Unit

COLUMNS: Final[Mapping[str, str]] = {
    "unit_id": "单元号", "name": "名称", "crew": "人员", "vehicle": "车辆", "skills": "技能",
    "aliases": "别名", "addresses": "其他网络地址", "devices": "定位应用", "department": "部门",
}  # fmt: skip
REQUIRED: Final = ("unit_id", "name")
LISTS: Final = ("crew", "skills", "aliases", "addresses", "devices")
CHANGED: Final = ("name", "crew", "vehicle", "department", "skills", "aliases", "addresses")
MOST: Final = 2_000
KEPT: Final = 20
"""Answers with passwords, until a request that came twice can no longer come; in memory alone."""


class UnitsImported(BaseModel):
    """`passwords` of added units, by unit; told this once. What failed on its way, as while the broker is
    away, is in its line, and `stopped` says that later lines were not done.
    """

    report: TableReport
    passwords: dict[str, str]
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class UnitLine:
    """What a line asks for; `unit` is None when it is refused."""

    report: LineReport
    unit: Unit | None = None


class UnitsImport:
    def __init__(self, register: UnitRegister) -> None:
        self._register = register
        self._told = OperationMemory[UnitsImported](KEPT)
        self._running = asyncio.Lock()

    async def run(self, actor: Actor, data: bytes, *, op_id: UUID | None) -> UnitsImported:
        """What each line does; with `op_id` it is done, one import at a time. An empty cell leaves a unit as
        it is; units that are not in the table stay. Raises `Forbidden`, `TableUnreadable`, `StorageAway`.
        """
        rights.ENROL.check(actor)
        async with self._running:
            return await self._run(actor, data, op_id)

    async def _run(self, actor: Actor, data: bytes, op_id: UUID | None) -> UnitsImported:
        if op_id is not None and (known := self._told.known(op_id, actor.id)) is not None:
            return known
        units = {unit.unit_id: unit for unit in await self._register.units()}
        table, lines = await asyncio.to_thread(_read_all, data, units)
        if op_id is None or any(line.unit is None for line in lines):
            told = report(table, [line.report for line in lines], applied=False)
            return UnitsImported(report=told, passwords={})
        reports, passwords, stopped = await self._take(actor, lines, units)
        done = UnitsImported(
            report=report(table, reports, applied=not stopped), passwords=passwords, stopped=stopped
        )
        return self._told.keep(op_id, actor.id, done)

    async def _take(
        self, actor: Actor, lines: Sequence[UnitLine], units: Mapping[str, Unit]
    ) -> tuple[list[LineReport], dict[str, str], bool]:
        reports = [line.report for line in lines]
        passwords: dict[str, str] = {}
        for index, line in enumerate(lines):
            if line.unit is None or line.report.act == "same":
                continue
            try:
                if line.unit.unit_id in units:
                    change = UnitChange(**{name: getattr(line.unit, name) for name in CHANGED})
                    await self._register.change(line.unit.unit_id, change, op_id=uuid7(), actor=actor)
                else:
                    passwords[line.unit.unit_id] = await self._register.create(line.unit, actor)
            except SonghuaError as error:
                wrong = refused_cell(
                    "unit_id",
                    error.detail or error.title,
                    _("Import the file again: what was done is left as it is."),
                )
                refused = line.report.model_copy(update={"act": "refused", "problems": [wrong]})
                reports[index] = refused
                return reports, passwords, True
        return reports, passwords, False


def _read_all(data: bytes, units: Mapping[str, Unit]) -> tuple[CsvTable, list[UnitLine]]:
    """Takes its time for a long table: not for the event loop."""
    table = read_csv(data, COLUMNS, required=REQUIRED, most=MOST)
    taken = {name_key(name): unit.unit_id for unit in units.values() for name in _names(unit)}
    first: dict[str, int] = {}
    return table, [_read(line, units, taken, first) for line in table.lines]


def _read(line: CsvLine, units: Mapping[str, Unit], taken: dict[str, str], first: dict[str, int]) -> UnitLine:
    cells = dict(line.cells)
    unit_id = cells.get("unit_id", "")
    there = units.get(unit_id)
    wrong: list[LineProblem] = []
    if unit_id in first:
        wrong.append(stands_twice("unit_id", unit_id, first[unit_id]))
    first.setdefault(unit_id, line.number)
    if not cells.get("name"):
        wrong.append(problem("name", _("The name is missing."), _("Give 1 to 80 letters.")))
    asked = _asked(cells | {"name": cells.get("name", "–")}, there)
    try:
        unit = checked(asked)
    except Invalid as error:
        remedy = _("Names of units are like app:17: {form}.", form=UID_PATTERN)
        wrong.append(refused_cell("unit_id", error.detail, remedy))
        unit = asked
    for name in _names(unit):
        owner = taken.setdefault(name_key(name), unit_id)
        if owner != unit_id:
            wrong.append(
                problem(
                    "aliases",
                    _("{name} is a name of the unit {unit}.", name=name, unit=owner),
                    _("Each name belongs to one unit: take it from one of them."),
                )
            )
    if wrong:
        return UnitLine(LineReport(line=line.number, key=unit_id, act="refused", problems=wrong))
    if there is None:
        return UnitLine(LineReport(line=line.number, key=unit_id, act="add"), unit)
    changes = [
        f"{name}: {_text(getattr(there, name))} → {_text(getattr(unit, name))}"
        for name in CHANGED
        if getattr(there, name) != getattr(unit, name)
    ]
    act = "change" if changes else "same"
    return UnitLine(LineReport(line=line.number, key=unit_id, act=act, changes=changes), unit)


def _asked(cells: Mapping[str, str], there: Unit | None) -> Unit:
    lists = {
        name: tuple(one.strip() for one in cells[name].replace("；", ";").split(";") if one.strip())
        for name in LISTS
        if name in cells
    }
    base = there or Unit(cells.get("unit_id", ""), "")
    given = {name: lists.get(name, getattr(base, name)) for name in LISTS}
    return replace(
        base,
        name=cells.get("name", base.name),
        vehicle=cells.get("vehicle", base.vehicle),
        department=cells.get("department", base.department),
        crew=given["crew"],
        skills=given["skills"],
        aliases=given["aliases"],
        addresses=given["addresses"],
        devices=given["devices"],
    )


def _names(unit: Unit) -> list[str]:
    return [unit.unit_id, *unit.aliases, *unit.addresses]


def _text(value: str | tuple[str, ...]) -> str:
    return (value if isinstance(value, str) else ";".join(value)) or "–"
