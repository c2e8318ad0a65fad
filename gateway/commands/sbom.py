"""`songhua sbom`: the software bill of materials of this installation."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from gateway.commands.common import ConfigOption, err, fail, load, run
from gateway.sbom.bill import bill


def sbom(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write; without it, standard output.", dir_okay=False),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """The software bill of materials (CycloneDX 1.6, JSON): packages, console, models, Asterisk."""
    made = run(bill(load(config), serial=uuid4(), at=datetime.now(UTC)))
    text = json.dumps(made, ensure_ascii=False, indent=2) + "\n"
    for gap in made["metadata"]["properties"]:
        err.print(f"left out: {gap['value']}", highlight=False, soft_wrap=True)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}", "give a file in a folder that you may write to")
    err.print(f"{len(made['components'])} components in {output}", highlight=False, soft_wrap=True)
