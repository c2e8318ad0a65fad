"""A model's metadata: `songhua-model.json` in its folder.

The hash is that of all its files, in the form that `sha256sum` prints, so that anybody can check it:
`find . -type f ! -name songhua-model.json -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from core.models import Frozen
from speech.models.folder import Kind

FILE: Final = "songhua-model.json"
_LICENCE_FILES: Final = ("license", "licence", "copying", "readme")
_KNOWN: Final = (
    ("Apache-2.0", r"apache license,?\s+version 2"), ("Apache-2.0", r"apache[ -]2\.0"),
    ("MIT", r"\bmit license\b"), ("MIT", r"permission is hereby granted, free of charge"),
    ("AGPL", r"gnu affero general public"), ("LGPL", r"gnu lesser general public"),
    ("GPL", r"gnu general public"),
    ("CC-BY-NC", r"(cc[ -]by[ -]nc|attribution-noncommercial)"),
    ("CC-BY-SA", r"(cc[ -]by[ -]sa|attribution-sharealike)"), ("CC-BY", r"cc[ -]by\b"),
    ("BSD", r"\bbsd\b.{0,20}licen[cs]e"),
)  # fmt: skip
_SAID: Final = re.compile(
    r"licen[cs]ed?(?:\s+(?:is|under))?\s*[:=]?\s*(?:the\s+)?([^\n.,;]{3,60})", re.IGNORECASE
)
_MOST_READ: Final = 200_000


class Licence(Frozen):
    """`text` is its name or its words, `source` where they come from: a file of the model, or `operator`."""

    text: str = Field(min_length=1, max_length=500)
    source: str


class Trial(Frozen):
    """One sentence (or tone) through the model, in a process of its own.

    Seconds and MB; `speed` is seconds of audio for one second of one core; `said` is None for a tone.
    """

    load_s: float
    memory_mb: float
    peak_mb: float
    speed: float
    said: str | None = None
    heard: str = ""


class ModelRecord(Frozen):
    name: str
    kind: Kind
    languages: tuple[str, ...] = ()
    size: int
    sha256: str
    licence: Licence
    source: str
    added_at: datetime
    trial: Trial | None = None


def read(folder: Path) -> ModelRecord | None:
    """None for a model that came another way, and for a record that cannot be read."""
    try:
        return ModelRecord.model_validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def write(folder: Path, record: ModelRecord) -> None:
    """Write the record beside the model."""
    (folder / FILE).write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")


def hash_of(folder: Path) -> str:
    """SHA-256 over the files' own, each with its name. Raises `OSError`."""
    whole = hashlib.sha256()
    names = {f"./{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.is_file()}
    for name in sorted(names, key=str.encode):
        if name == f"./{FILE}":
            continue
        with names[name].open("rb") as file:
            whole.update(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n".encode())
    return whole.hexdigest()


def hash_of_file(file: Path) -> str:
    """SHA-256 of one file. Raises `OSError`."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def licence_of(folder: Path) -> Licence | None:
    """The licence that a file of the model names, if one does."""
    plain = [path for path in sorted(folder.iterdir()) if path.is_file()]
    for beginning in _LICENCE_FILES:
        for path in plain:
            if path.name.lower().startswith(beginning):
                text = path.open("rb").read(_MOST_READ).decode("utf-8", "replace")
                named = _named(text)
                if named:
                    return Licence(text=named, source=path.name)
    return None


def _named(text: str) -> str | None:
    for name, pattern in _KNOWN:
        if re.search(pattern, text, re.IGNORECASE):
            return name
    said = _SAID.search(text)
    return said[1].strip() if said else None
