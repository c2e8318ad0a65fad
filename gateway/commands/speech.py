"""`songhua speech`: the operator's models, and recognisers measured on the operator's own recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.common import JsonOption, fail, out, print_json
from gateway.commands.speech_bench import bench
from gateway.commands.speech_models import app as models
from speech.errors import ModelMissing
from speech.models import check_model

app = typer.Typer(
    help="Speech recognition: models, and measuring recognisers (docs/speech.md).", no_args_is_help=True
)
app.add_typer(models, name="models")
app.command()(bench)


@app.callback()
def speech() -> None:
    """Speech recognition."""


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="Folder of a Vosk or Whisper model.")],
    as_json: JsonOption = False,
) -> None:
    """Identify the model at PATH and check its files; `models check` also tries it."""
    try:
        model = check_model(path)
    except ModelMissing as missing:
        fail(missing.detail, missing.remedy)
    if as_json:
        print_json({"path": str(model.path), "kind": model.kind, "size": model.size})
    else:
        out.print(f"{model.kind}, {model.size / 1e6:.0f} MB")
