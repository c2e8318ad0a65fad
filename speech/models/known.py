"""Hashes of models, stored apart from the models: in the program and in the settings.

A hash that lies beside a model is changed by whoever changes the model. Pure, but for reading the table.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from speech.errors import ModelUnfit
from speech.models import record
from speech.models.folder import Kind

TABLE: Final = Path(__file__).with_name("known.toml")
HEX: Final = re.compile(r"^[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class ModelArchive:
    """A published file that holds the model or a piece of it."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class KnownModel:
    """`sha256` is that of the folder, `licence` is empty where the publisher names none."""

    name: str
    kind: Kind
    version: str
    licence: str
    source: str
    sha256: str
    parts: tuple[ModelArchive, ...]


@cache
def known_models() -> tuple[KnownModel, ...]:
    """The models of the program's table."""
    read = tomllib.loads(TABLE.read_text(encoding="utf-8"))["model"]
    return tuple(
        KnownModel(**{**one, "parts": tuple(ModelArchive(**part) for part in one["parts"])}) for one in read
    )


def expected(folder: Path, pinned: str = "") -> str:
    """The hash that this folder must have: what the settings say, else what the program knows; else empty."""
    if pinned:
        return pinned
    return next((one.sha256 for one in known_models() if one.name == folder.name), "")


def compare(folder: Path, pinned: str) -> None:
    """Read the whole folder and compare it. Raises `ModelUnfit`, also when it cannot be read."""
    found = _read(folder)
    if found != pinned:
        raise ModelUnfit(
            f"the model in {folder} is not the one that is expected "
            f"(SHA-256 {found[:12]}…, expected {pinned[:12]}…)",
            remedy="get the model again from its publisher; if you changed it yourself, set "
            f'speech.model_sha256 = "{found}"',
        )


def compare_source(source: Path, wanted: str) -> None:
    """A zip or folder that is brought, against the hash that its publisher names. Raises `ModelUnfit`."""
    if not HEX.match(wanted):
        raise ModelUnfit(
            f"{wanted[:80]!r} is not a SHA-256", remedy="give 64 hexadecimal digits in lower case"
        )
    if not source.exists():
        raise ModelUnfit(f"there is no {source}", remedy="give the folder or the zip of a model")
    found = _read(source)
    if found != wanted:
        raise ModelUnfit(
            f"{source.name} is not what was published (SHA-256 {found[:12]}…, wanted {wanted[:12]}…)",
            remedy="download it again from the source of the hash; do not use this file",
        )


def _read(source: Path) -> str:
    try:
        return record.hash_of(source) if source.is_dir() else record.hash_of_file(source)
    except OSError as error:
        raise ModelUnfit(
            f"{source} cannot be read: {error.strerror or error}", remedy="check who may read its files"
        ) from error
