"""Invented calls with the right answer for each: holdouts that judge drafting, and sets that it learns from.

No holdout may change: their hashes stand beside them. Whoever writes rules may read holdouts a, c and d; of
the others nobody sees more than totals. Thresholds are chosen on what is open. This module imports nothing
of the product: voices are rendered in an environment without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lab.corpora import lines

FOLDER = Path(__file__).parent / "calls"
NAMES = tuple(f"holdout_{letter}" for letter in "abcdefgh")
OPEN = ("holdout_a", "holdout_c", "holdout_d")
"""Once opened, a holdout is never sealed again."""
Report = Mapping[str, Any]


class HoldoutChanged(Exception):
    """A holdout is not what was committed: a figure from it would compare with nothing."""


@dataclass(frozen=True, slots=True)
class CallSet:
    """`seen`: whoever writes rules may look at its single results. Of the others only totals are kept."""

    name: str
    seen: bool
    reports: tuple[Report, ...]


def holdouts(folder: Path = FOLDER) -> tuple[CallSet, ...]:
    """All, always: a figure of one alone says too little. Raises `HoldoutChanged`."""
    return tuple(_holdout(name, folder, seen=name in OPEN) for name in NAMES)


def open_holdouts(folder: Path = FOLDER) -> tuple[CallSet, ...]:
    """Those that rules may be written against; the sealed ones are not even read. Raises `HoldoutChanged`."""
    return tuple(_holdout(name, folder, seen=True) for name in OPEN)


def first_open_holdout(folder: Path = FOLDER) -> CallSet:
    """The holdout that was always open, for tests of rules. Raises `HoldoutChanged`."""
    return _holdout("holdout_a", folder, seen=True)


def threshold_calls(folder: Path = FOLDER) -> CallSet:
    """The calls that thresholds are chosen on. Its figures flatter, and stand in no table."""
    return _read("dev", folder)


def development_calls(folder: Path = FOLDER) -> CallSet:
    """A later hundred of another writer, totalled once before anybody looked at it. No holdout."""
    return _read("dev_fresh", folder)


def training_calls(folder: Path = FOLDER) -> tuple[CallSet, ...]:
    """Calls of further writers, one set each; anybody may read them. No holdouts."""
    found = folder.glob("calls_*.jsonl")
    return tuple(_read(path.stem, folder) for path in sorted(found, key=lambda path: int(path.stem[6:])))


def open_sets(folder: Path = FOLDER) -> dict[str, CallSet]:
    """All that may be read, by name, in the order in which they were opened. Raises `HoldoutChanged`."""
    every = (
        *open_holdouts(folder),
        threshold_calls(folder),
        development_calls(folder),
        *training_calls(folder),
    )
    return {one.name: one for one in every}


def digest(name: str, folder: Path = FOLDER) -> str:
    """SHA-256 of a set's file."""
    return hashlib.sha256(_path(name, folder).read_bytes()).hexdigest()


def _path(name: str, folder: Path) -> Path:
    return folder / f"{name}.jsonl"


def _read(name: str, folder: Path) -> CallSet:
    return CallSet(name, True, _parsed(_path(name, folder).read_bytes()))


def _holdout(name: str, folder: Path, *, seen: bool) -> CallSet:
    path = _path(name, folder)
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != _hashes(folder).get(path.name):
        raise HoldoutChanged(f"{path.name} is not the file whose SHA-256 stands in {folder.name}/SHA256")
    return CallSet(name, seen, _parsed(data))


@cache
def _parsed(data: bytes) -> tuple[Report, ...]:
    return tuple(lines.parsed(data))


def _hashes(folder: Path) -> dict[str, str]:
    listed = (folder / "SHA256").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in listed if line.strip())}
