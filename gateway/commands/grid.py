"""`songhua grid`: cells (单元网格) and beats (责任网格). A service takes a change up within seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cases.beats.check import check_beats
from cases.grid.build import read_outlines
from cases.grid.http import beat_row
from cases.grid.model import GridArea, GridVersion
from cases.grid.service import CaseGrid, GridBuilder
from cases.responsibility.check import RuleProblem, check_beat_names
from cases.responsibility.loading import load_responsibility
from core.errors import SonghuaError
from field.map.store import MapFiles
from gateway.commands.acting import operator
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
from gateway.commands.tables import DryRunOption, import_setting
from gateway.settings import Settings
from identity.audit.service import AuditTrail

app = typer.Typer(help="Cells and beats: build, import, check. 单元网格与责任网格。", no_args_is_help=True)
beats = typer.Typer(help="Beats: import and list them. 责任网格。", no_args_is_help=True)
app.add_typer(beats, name="beats")
DistrictOption = Annotated[
    list[str] | None, typer.Option("--district", help="The beginning of a code: 230103; repeat.")
]


@app.callback()
def grid() -> None:
    """Cells and beats."""


@app.command("build")
def build_grid(
    file: Annotated[
        Path | None,
        typer.Argument(help="GeoJSON; without it the outlines of songhua map districts.", dir_okay=False),
    ] = None,
    district: DistrictOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compute cells of 100 m from outlines and use them. Areas of other codes stay as they are."""
    settings = load(config)
    source = "outlines of the map" if file is None else file.name

    async def work() -> tuple[list[GridArea], GridVersion | None]:
        async with open_storage(settings) as storage:
            builder = GridBuilder(storage, AuditTrail(storage))
            return await builder.build(operator(), outlines, source=source, write=not dry_run)

    try:
        outlines = read_outlines(_data(file, settings), district or ())
    except (SonghuaError, OSError) as error:
        fail(*_said(error))
    areas, made = run(work())
    if as_json:
        print_json({"version": None if made is None else made.number, "areas": [_area(one) for one in areas]})
        return
    for area in areas:
        invented = "  虚构 invented outline" if area.synthetic else ""
        out.print(
            f"{area.code} {area.name_zh}: {len(area.columns)} cells, "
            f"{len(area.borders)} at borders{invented}",
            highlight=False,
        )
    out.print("this was a trial" if made is None else f"version {made.number}", highlight=False)


@app.command("at")
def at_point(
    point: Annotated[str, typer.Argument(metavar="LON,LAT", help="Degrees of WGS-84.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the cell, the beat and the class of area of a point."""
    settings = load(config)
    position = point_of(point)
    held = run(_grid(settings))
    there = held.at(position)
    if as_json:
        beat = None if there is None or there.beat is None else beat_row(there.beat).model_dump(mode="json")
        area = held.area_class(None if there is None else there.beat)
        print_json({"cell": None if there is None else there.cell, "beat": beat, "area_class": area})
    elif there is None:
        out.print("no cell", highlight=False)
    else:
        name = "no beat" if there.beat is None else f"{there.beat.beat_id} {there.beat.name_zh}"
        area = held.area_class(there.beat)
        graded = "" if area is None else f"  管理区域 area {area}"
        out.print(f"{there.cell}  {name}{graded}", highlight=False)
    if there is None:
        raise typer.Exit(FAILED)


@app.command("check")
def check_grid(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Check beats: gaps, overlaps, unknown cells, beats of nobody; and beats in responsibility rows."""
    settings = load(config)

    async def work() -> list[RuleProblem]:
        held = await _grid(settings)
        rows = load_responsibility(settings.cases.own_responsibility)
        return [*check_beats(held.index, held.beats), *check_beat_names(rows, held.beats.by_id)]

    problems = run(work())
    if as_json:
        print_json([{"line": one.line, "what": one.what, "remedy": one.remedy} for one in problems])
    elif not problems:
        out.print("no problem found")
    else:
        for one in problems:
            where = f"line {one.line}: " if one.line else ""
            out.print(f"{where}{one.what}; {one.remedy}", highlight=False, soft_wrap=True)
    if problems:
        raise typer.Exit(FAILED)


@app.command("list")
def list_versions(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The versions of the grid, the newest first."""
    settings = load(config)

    async def work() -> list[GridVersion]:
        async with open_storage(settings) as storage:
            return await CaseGrid(storage).versions()

    found = run(work())
    rows = [
        {
            "version": one.number, "made_at": one.made_at.isoformat(), "made_by": one.made_by,
            "source": one.source, "cells": one.cells, "areas": dict(one.areas),
        }
        for one in found
    ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    for one in found:
        text = f"{one.number:4} {one.made_at:%Y-%m-%d %H:%M} {one.cells:8} cells  {', '.join(one.areas)}"
        out.print(f"{text}  {one.source}", highlight=False, soft_wrap=True)


@beats.command("import")
def import_beats(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GB18030).", exists=True, dir_okay=False)],
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every line and add the beats; nothing is changed when a line is refused. songhua settings undo
    beats takes an import back.
    """
    import_setting("beats", file, load(config), dry_run=dry_run, as_json=as_json)


@beats.command("list")
def list_beats(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The beats: cells, people and units."""
    rows = [beat_row(one) for one in run(_grid(load(config))).beats.beats]
    if as_json:
        print_json([one.model_dump(mode="json") for one in rows])
        return
    for one in rows:
        who = ", ".join((*one.people, *one.units)) or "nobody"
        area = one.area_class or "–"
        out.print(
            f"{one.beat_id:20} {one.cells:6} cells  {area}  {one.name_zh}  {who}",
            highlight=False,
        )


async def _grid(settings: Settings) -> CaseGrid:
    async with open_storage(settings) as storage:
        return await grid_of(settings, storage)


def _data(file: Path | None, settings: Settings) -> bytes:
    return MapFiles(settings.field.maps).outlines_file().read_bytes() if file is None else file.read_bytes()


def _said(error: SonghuaError | OSError) -> tuple[str, str]:
    if isinstance(error, SonghuaError):
        return error.detail or error.title, error.remedy
    return str(error), "name a file that can be read"


def _area(area: GridArea) -> dict[str, Any]:
    return {
        "code": area.code, "name_zh": area.name_zh, "cells": len(area.columns), "borders": len(area.borders),
        "synthetic": area.synthetic,
    }  # fmt: skip
