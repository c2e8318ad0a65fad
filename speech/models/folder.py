"""A model's folder: its kind, and whether it is complete."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from speech.errors import ModelMissing, ModelUnfit

Kind = Literal["whisper", "vosk"]
KINDS: tuple[Kind, ...] = ("vosk", "whisper")

_REMEDY = (
    "bring a model with songhua speech models add PATH, or run scripts/setup, "
    "or set speech.model to the folder of an unpacked model"
)
_WHISPER = ("model.bin", "config.json", "tokenizer.json")
_VOSK = ("am/final.mdl", "conf/model.conf", "conf/mfcc.conf")
_VOSK_GRAPHS = (("graph/HCLG.fst",), ("graph/HCLr.fst", "graph/Gr.fst"))  # whole, or put together at run time
_WHISPER_SMALLEST = 10_000_000  # bytes: less is a torn download or a pointer to the real file


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be loaded; `size` in bytes."""

    path: Path
    kind: Kind
    size: int


def check_model(path: Path) -> Model:
    """What lies at `path`. Raises `ModelMissing`, naming the file that is absent and what to do."""
    if not path.is_dir():
        raise ModelMissing(f"there is no folder {path}", remedy=_REMEDY)
    if (path / "am").is_dir() or (path / "conf").is_dir():
        _require(path, _VOSK)
        if not any(all((path / name).is_file() for name in graph) for graph in _VOSK_GRAPHS):
            raise ModelMissing(f"{path} has no graph/HCLG.fst (nor HCLr.fst with Gr.fst)", remedy=_REMEDY)
        return Model(path, "vosk", _size(path))
    _require(path, _WHISPER)
    if not any((path / f"vocabulary.{ending}").is_file() for ending in ("json", "txt")):
        raise ModelMissing(f"{path} has no vocabulary.json or vocabulary.txt", remedy=_REMEDY)
    if (path / "model.bin").stat().st_size < _WHISPER_SMALLEST:
        raise ModelMissing(f"{path}/model.bin is too small to be a model", remedy=_REMEDY)
    try:
        json.loads((path / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelMissing(f"{path}/config.json is not JSON", remedy=_REMEDY) from error
    return Model(path, "whisper", _size(path))


def check_for_engine(engine: str, path: Path) -> None:
    """Raises `ModelMissing` or `ModelUnfit` when `engine` cannot load what lies at `path`.

    An engine from elsewhere knows its own models and checks them itself when it loads.
    """
    if engine not in KINDS:
        return
    model = check_model(path)
    if model.kind != engine:
        raise ModelUnfit(
            f"{path} is a model for {model.kind}, and speech.engine is {engine}",
            remedy=f'set speech.engine to "{model.kind}", or speech.model to a model for {engine}',
        )


def located(model: Path, models: Path) -> Path:
    """The folder that a setting means: a bare name is one of those in `models`, unless it lies here."""
    is_name = len(model.parts) == 1 and not model.is_absolute()
    return models / model if is_name and not model.is_dir() else model


def _require(path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        if not (path / name).is_file():
            raise ModelMissing(f"{path} has no {name}", remedy=_REMEDY)


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
