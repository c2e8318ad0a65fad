"""Recognisers' models with their hashes and the source of the expected hash."""

from __future__ import annotations

from pathlib import Path

from gateway.sbom.model import SbomComponent
from speech.models import record
from speech.models.known import KnownModel, known_models
from speech.models.store import ModelStore


def models(folder: Path, used: Path, pinned: str) -> list[SbomComponent]:
    """The components of the models below `folder`; every file is read. `used` is the one that the settings
    name, `pinned` its hash there. Raises `OSError`.
    """
    found = {
        path.resolve(): path for path in (one.model.path for one in ModelStore(folder).list() if one.model)
    }
    if used.is_dir():
        found.setdefault(used.resolve(), used)
    return [_model(path, pinned if path.resolve() == used.resolve() else "") for path in found.values()]


def _model(path: Path, pinned: str) -> SbomComponent:
    told = record.read(path)
    sha256 = record.hash_of(path)
    known = next((one for one in known_models() if one.sha256 == sha256), None)
    return SbomComponent(
        kind="machine-learning-model",
        name=path.name,
        version=known.version if known else (told.added_at.date().isoformat() if told else "unknown"),
        licence=known.licence if known else (told.licence.text if told else ""),
        hashes={"SHA-256": sha256},
        properties={
            "songhua:source": known.source if known else (told.source if told else "unknown"),
            "songhua:compared-with": _compared(sha256, pinned, known),
        },
        parts=_parts(known) if known else (),
    )


def _compared(sha256: str, pinned: str, known: KnownModel | None) -> str:
    if pinned:
        return "the settings" if pinned == sha256 else "the settings: another hash is expected"
    return "the program's table" if known else "nothing"


def _parts(known: KnownModel) -> list[SbomComponent]:
    return [
        SbomComponent(kind="library", name=one.name, version=one.version, hashes={"SHA-256": one.sha256})
        for one in known.parts
    ]
