"""`songhua config`: check the settings, show them without secrets, print an annotated example."""

from __future__ import annotations

from importlib import resources
from typing import Annotated

import typer

from gateway.commands.common import ConfigOption, JsonOption, config_file, load, out, print_json

app = typer.Typer(help="Settings: check, show, example.", no_args_is_help=True)


@app.command()
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Say what is wrong with the settings, and where. Exit code 3 if anything is."""
    settings = load(config)
    file = config_file(config)
    missing = [name for name in ("asterisk", "ami") if getattr(settings, name) is None]
    if as_json:
        print_json({"file": str(file) if file else None, "ok": True, "missing": missing})
        return
    out.print(f"{file or 'no file (defaults and environment)'}: ok")
    for name in missing:
        out.print(f"note: [{name}] is missing; songhua serve needs it", markup=False)


@app.command()
def show(config: ConfigOption = None) -> None:
    """Print the settings as they are in force, secrets masked."""
    print_json(load(config).model_dump(mode="json"))


@app.command()
def example(
    asterisk: Annotated[bool, typer.Option(help="Only the section for Asterisk.")] = False,
) -> None:
    """Print an annotated settings file to start from."""
    text = resources.files("gateway").joinpath("songhua.example.toml").read_text(encoding="utf-8")
    if asterisk:
        text = text[text.index("[asterisk]") :]
    typer.echo(text, nl=False)
