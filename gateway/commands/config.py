"""`songhua config`: begin with fresh secrets, check and show the settings, print an example."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from core.secret import shown
from gateway import first_settings
from gateway.commands.common import (
    ConfigOption,
    JsonOption,
    config_file,
    fail,
    load,
    out,
    print_json,
)
from gateway.moved_settings import outdated
from gateway.secret_sources import readable_by_all
from gateway.tls.seen import examined

app = typer.Typer(help="Settings: init, check, show, example.", no_args_is_help=True)


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
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Check the settings and print errors with their place. Exit code 3 on errors."""
    settings = load(config)
    file = config_file(config)
    missing = [name for name in ("asterisk", "ami") if getattr(settings, name) is None]
    open_to_all = file is not None and readable_by_all(file, settings)
    certificates = [
        f"{place}: {wrong}"
        for place, tls in settings.certificates()
        if (wrong := examined(tls.certificate, tls.key_file(f"{place}.key")))
    ]
    moved = outdated(tomllib.loads(file.read_text(encoding="utf-8"))) if file else []
    if as_json:
        told = {"file": str(file) if file else None, "ok": True, "missing": missing}
        more = {"certificates": certificates, "plain": settings.plain_listeners(), "moved": moved}
        print_json({**told, "open_to_all": open_to_all, **more})
        return
    out.print(f"{file or 'no file (defaults and environment)'}: ok")
    for name in missing:
        out.print(f"note: [{name}] is missing; songhua serve needs it", markup=False)
    for line in moved:
        out.print(f"note: {line}", markup=False, soft_wrap=True)
    for fault in certificates:
        out.print(f"note: {fault}; songhua tls init makes what is missing", markup=False, soft_wrap=True)
    for place in settings.plain_listeners():
        out.print(f"note: {place} without TLS, as plain = true says", markup=False, soft_wrap=True)
    if open_to_all:
        out.print(f"note: {file} holds secrets, and everybody may read it: chmod o= {file}", markup=False)


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
