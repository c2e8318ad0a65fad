"""`songhua asterisk`: render its configuration, and examine a running one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.asterisk.render import prepare_directories, render
from gateway.asterisk.settings import AsteriskSettings
from gateway.commands.common import BAD_SETTINGS, ConfigOption, err, load, out
from gateway.commands.doctor import doctor
from gateway.settings import Settings

app = typer.Typer(help="Asterisk: render its configuration, examine it.", no_args_is_help=True)


def _asterisk(settings: Settings) -> AsteriskSettings:
    if settings.asterisk is None:
        err.print("settings: the section [asterisk] is missing; see songhua config example", markup=False)
        raise typer.Exit(BAD_SETTINGS)
    return settings.asterisk


@app.command("render")
def render_command(
    to: Annotated[Path, typer.Option("--out", help="Folder for the rendered files.", file_okay=False)],
    config: ConfigOption = None,
    directories: Annotated[bool, typer.Option(help="Make the folders that Asterisk writes to.")] = False,
) -> None:
    """Write Asterisk's configuration from the settings. Nothing outside the folder is touched."""
    asterisk = _asterisk(load(config))
    for file in render(asterisk, to):
        out.print(str(file), markup=False, soft_wrap=True)
    if directories:
        prepare_directories(asterisk)


# The same examination: who looks for it below `asterisk` finds it.
app.command()(doctor)
