"""`songhua config`: begin with fresh secrets, check, compare and show the settings, print an example."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.secret import shown
from gateway import first_settings
from gateway.commands.common import ConfigOption, JsonOption, fail, load, out, print_json
from gateway.commands.config_check import check
from gateway.commands.config_diff import diff

app = typer.Typer(help="Settings: init, check, show, diff, example.", no_args_is_help=True)
app.command()(check)
app.command()(diff)


@app.command()
def init(
    to: Annotated[Path, typer.Option("--out", help="Folder of the settings.", file_okay=False)] = Path(
        "/etc/songhua"
    ),
    as_json: JsonOption = False,
) -> None:
    """Write songhua.toml, new random secrets and certificates, each to its file. Existing files are kept."""
    try:
        written = first_settings.write(to)
    except OSError as error:
        fail(f"{error.filename or to}: {error.strerror}", "run it as root, or name a folder of yours: --out")
    if as_json:
        print_json({"made": [str(one) for one in written.made], "kept": [str(one) for one in written.kept]})
        return
    for what, files in (("made", written.made), ("kept", written.kept)):
        for file in files:
            out.print(f"{what} {file}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def show(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Print the effective settings as JSON; for secrets only their source."""
    del as_json  # it is what there is
    print_json(shown(load(config).model_dump()))


@app.command()
def example(
    asterisk: Annotated[bool, typer.Option(help="Only the section for Asterisk.")] = False,
) -> None:
    """Print an annotated settings file to start from."""
    text = first_settings.example()
    if asterisk:
        text = text[text.index("[asterisk]") :]
    typer.echo(text, nl=False)
