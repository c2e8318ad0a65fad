"""`songhua gazetteer`: the operator's own places."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cases.errors import BrokenTable
from cases.gazetteer.importer import import_file
from gateway.commands.common import MISUSED, ConfigOption, err, fail, load, out

app = typer.Typer(help="Places: import the operator's own.", no_args_is_help=True)


@app.callback()
def gazetteer() -> None:
    """Places that drafting knows."""


@app.command("import")
def import_places(
    file: Annotated[Path, typer.Argument(help="CSV or GeoJSON.", exists=True, dir_okay=False)],
    config: ConfigOption = None,
) -> None:
    """Check every row and merge the file into the own gazetteer; nothing is changed when a row is refused."""
    settings = load(config)
    if settings.cases.own_gazetteer is None:
        err.print("cases.own_gazetteer is not set: say in the settings where your places are to be kept")
        raise typer.Exit(MISUSED)
    try:
        report = import_file(file, settings.cases.own_gazetteer)
    except BrokenTable as broken:
        fail(broken.detail, broken.remedy)
    out.print(f"{report.read} read, {report.added} added, {report.replaced} replaced, {report.total} in all")
