"""`songhua gazetteer`: the operator's own places. A running service takes them up within two seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from core.csv_table import TableReport
from gateway.commands.common import ConfigOption, JsonOption, load
from gateway.commands.retention import operator
from gateway.commands.settings import with_settings
from gateway.commands.tables import DryRunOption, tell_report
from runtime_settings.service import RuntimeSettings

app = typer.Typer(help="Places: import the operator's own.", no_args_is_help=True)


@app.callback()
def gazetteer() -> None:
    """Places that drafting knows."""


@app.command("import")
def import_places(
    file: Annotated[
        Path, typer.Argument(help="CSV (UTF-8 or GB18030) or GeoJSON.", exists=True, dir_okay=False)
    ],
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every line and add the places; nothing is changed when a line is refused. songhua settings undo
    places takes an import back.
    """
    data = file.read_bytes()

    async def work(held: RuntimeSettings) -> TableReport:
        op_id = None if dry_run else uuid4()
        report, _, _ = await held.import_table(
            operator(), "places", data, op_id=op_id, comment=f"import of {file.name}"
        )
        return report

    tell_report(with_settings(load(config), work), dry_run=dry_run, as_json=as_json)
