"""`songhua cases responsible` and `cases rules`: who answers for a report, and what is wrong with rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from cases.beats.area_check import check_area_classes, grades_areas
from cases.catalogue import load_catalogues
from cases.catalogue.model import Category, Limit
from cases.gazetteer import load_gazetteer
from cases.parts.service import PartRegister
from cases.responsibility.check import RuleProblem, check_responsibility
from cases.responsibility.loading import load_responsibility
from cases.responsibility.model import (
    ReportPlace,
    Responsibility,
    ResponsibilityRow,
    ResponsibleDepartment,
    RowVerdict,
)
from cases.responsibility.resolve import responsible
from cases.workflow.check import check_workflow
from cases.workflow.loading import TABLE as WORKFLOW
from cases.workflow.loading import read_workflow
from core.errors import SonghuaError
from gateway.commands.cases_class import class_of
from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.commands.grid_common import grid_of, point_of
from gateway.settings import Settings
from identity.audit.service import AuditTrail

rules = typer.Typer(help="Rules of cases that a city edits: check them.", no_args_is_help=True)


@rules.callback()
def cases_rules() -> None:
    """Rules of cases that a city edits: check them."""


def show_responsible(
    category: Annotated[str, typer.Argument(help="Class: E0505, or SCHEME@VERSION/CODE.")],
    district: Annotated[str, typer.Option(help="District of the place: six digits.")] = "",
    street: Annotated[str, typer.Option(help="Street of the place: nine digits.")] = "",
    owner: Annotated[str, typer.Option(help="Owner of the part, as the part register writes it.")] = "",
    at: Annotated[
        str, typer.Option(metavar="LON,LAT", help="Its position: cell, beat, street, district.")
    ] = "",
    part: Annotated[str, typer.Option(help="A part of the register, 16 digits: its owner and place.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which department answers for a report, who assists, which row decided and why others did not."""
    settings = load(config)
    try:
        row = class_of(category)
        catalogue = load_responsibility(settings.cases.own_responsibility)
    except SonghuaError as error:
        fail(error.detail, error.remedy)
    place = ReportPlace(district or street[:6], street)
    if at or part:
        place, owner = run(_located(settings, place, owner, at, part))
    found = responsible(catalogue, row.code, place, owner)
    if as_json:
        print_json({**_plain(row, found), "place": asdict(place), "owner": owner})
    else:
        _print(row, found)
    if found.host is None:
        raise typer.Exit(FAILED)


async def _located(
    settings: Settings, place: ReportPlace, owner: str, at: str, part: str
) -> tuple[ReportPlace, str]:
    """Place and owner by the grid and the part register; what was given in words stays."""
    async with open_storage(settings) as storage:
        grid = await grid_of(settings, storage)
        register = PartRegister(storage, load_catalogues(), grid, AuditTrail(storage))
        known = None if not part else await register.get(part)
    position = point_of(at) if at else None if known is None else known.position
    there = None if position is None else grid.at(position)
    district = place.district or ("" if known is None else known.district)
    street, beat = place.street, place.beat
    if there is not None:
        district, street = district or there.district, street or there.street
        beat = "" if there.beat is None else there.beat.beat_id
    return ReportPlace(district, street, beat), owner or ("" if known is None else known.owner)


@rules.command("check")
def check_rules(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Check responsibility rows (unknown names, rows that never decide, classes nobody answers for), the
    table of states and actions (states without an exit, unknown roles, contradictions), and, where time
    limits are graded by class of area, classes (unknown ones, places without one, limits that never count).
    """
    settings = load(config)
    try:
        catalogue = load_responsibility(settings.cases.own_responsibility)
        workflow = read_workflow(settings.cases.own_workflow or WORKFLOW)
        known = load_catalogues(settings.cases.own_limits).default
    except SonghuaError as error:
        fail(error.detail, error.remedy or "mend that line")
    codes = known.rows
    districts = [one.code for one in load_gazetteer().districts]
    problems = [("responsibility", one) for one in check_responsibility(catalogue, codes, districts)]
    problems += [("workflow", one) for one in check_workflow(workflow)]
    if grades_areas(known.limits):
        problems += [("areas", one) for one in run(_area_problems(settings, known.limits))]
    if as_json:
        print_json(
            [
                {"table": table, "line": one.line, "what": one.what, "remedy": one.remedy}
                for table, one in problems
            ]
        )
    elif not problems:
        out.print(
            f"{len(catalogue.departments)} departments, {len(catalogue.rows)} rows: no problem found\n"
            f"{len(workflow.states)} states, {len(workflow.rows)} rows of {workflow.name} "
            f"{workflow.version}: no problem found",
            highlight=False,
        )
    else:
        for table, one in problems:
            where = f"{table} line {one.line}: " if one.line else f"{table}: "
            out.print(f"{where}{one.what}; {one.remedy}", highlight=False, soft_wrap=True)
    if problems:
        raise typer.Exit(FAILED)


async def _area_problems(settings: Settings, limits: Sequence[Limit]) -> list[RuleProblem]:
    async with open_storage(settings) as storage:
        grid = await grid_of(settings, storage)
    return check_area_classes(limits, grid.beats.beats, settings.cases.area_class)


def _plain(row: Category, found: Responsibility) -> dict[str, Any]:
    return {
        "category": row.ref,
        "host": None if found.host is None else _department(found.host),
        "assists": [_department(one) for one in found.assists],
        "row": None if found.row is None else _row(found.row),
        "tried": [{**_row(one), "verdict": verdict.value} for one, verdict in found.tried],
    }


def _department(one: ResponsibleDepartment) -> dict[str, Any]:
    return {
        "id": one.department_id, "name_zh": one.name_zh, "name_en": one.name_en, "level": one.level.value,
        "source": one.source,
    }  # fmt: skip


def _row(one: ResponsibilityRow) -> dict[str, Any]:
    return {"number": one.number, "line": one.line, "why": one.why}


_VERDICTS = {
    RowVerdict.DECIDES: "适用 decides",
    RowVerdict.OTHER_CLASS: "类别不符 other class",
    RowVerdict.OTHER_PLACE: "地点不符 other place",
    RowVerdict.OTHER_OWNER: "权属不符 other owner",
    RowVerdict.NO_SUCH_HOST: "无此单位 no such department",
}


def _print(row: Category, found: Responsibility) -> None:
    out.print(f"{row.code} {row.name_zh} {row.name_en}", highlight=False)
    table = Table("row", "line", "", "why", box=None)
    for one, verdict in found.tried:
        if verdict is not RowVerdict.OTHER_CLASS:
            table.add_row(str(one.number), str(one.line), _VERDICTS[verdict], one.why)
    out.print(table)
    if found.host is None:
        out.print("nobody answers for it: add a row at the end for what no other takes", highlight=False)
        return
    out.print(f"主办 host: {found.host.name_zh} {found.host.name_en}", highlight=False)
    for assisting in found.assists:
        out.print(f"协办 assists: {assisting.name_zh} {assisting.name_en}", highlight=False)
