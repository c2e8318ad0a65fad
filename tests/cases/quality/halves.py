"""The hundreds of calls of the measure. None may change: their hashes stand beside them.

Half a may be read by whoever writes rules. Halves c and d were sealed and are opened since decision 0161:
what was measured on them before is unseen, what is measured since is not. Of the others only totals were
ever seen. Thresholds are chosen on what is open and on `dev.yaml`, `dev_fresh.yaml` and `calls_*.yaml`, which
are no halves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
NAMES = ("half_a", "half_b", "half_c", "half_d", "half_e", "half_f", "half_g", "half_h")
SEEN = ("half_a", "half_c", "half_d")
"""Once opened, a half is never sealed again."""
Report = Mapping[str, Any]


class Changed(Exception):
    """A half is not what was committed: a figure from it would compare with nothing."""


@dataclass(frozen=True, slots=True)
class Half:
    """`seen`: whoever writes rules may look at its single results. Of the others only totals are kept."""

    name: str
    seen: bool
    reports: tuple[Report, ...]


def halves(folder: Path = FOLDER) -> tuple[Half, ...]:
    """All, always: a figure of one alone says too little. Raises `Changed`."""
    return tuple(_half(name, folder, seen=name in SEEN) for name in NAMES)


def chosen_on(folder: Path = FOLDER) -> Half:
    """The calls that thresholds are chosen on. Its figures flatter, and stand in no table."""
    return _read("dev", folder)


def developed_on(folder: Path = FOLDER) -> Half:
    """A later hundred of another writer, totalled once before it was looked at (decision 0150). No half."""
    return _read("dev_fresh", folder)


def read_calls(folder: Path = FOLDER) -> tuple[Half, ...]:
    """Calls of further writers, to be read (decisions 0166, 0170): a change is taken where it helps with the
    writers that it was not made on. No halves.
    """
    found = folder.glob("calls_*.yaml")
    return tuple(_read(path.stem, folder) for path in sorted(found, key=lambda path: int(path.stem[6:])))


def sets(folder: Path = FOLDER) -> dict[str, Half]:
    """All that may be read, by name, in the order in which they came to be read. Raises `Changed`."""
    every = (*seen_halves(folder), chosen_on(folder), developed_on(folder), *read_calls(folder))
    return {one.name: one for one in every}


def seen_half(folder: Path = FOLDER) -> Half:
    """The half that was always open, for tests of rules. Raises `Changed`."""
    return _half("half_a", folder, seen=True)


def seen_halves(folder: Path = FOLDER) -> tuple[Half, ...]:
    """Those that rules may be written against; the sealed ones are not even read. Raises `Changed`."""
    return tuple(_half(name, folder, seen=True) for name in SEEN)


def _read(name: str, folder: Path) -> Half:
    return Half(name, True, _parsed((folder / f"{name}.yaml").read_bytes()))


def _half(name: str, folder: Path, *, seen: bool) -> Half:
    path = folder / f"{name}.yaml"
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != _hashes(folder).get(path.name):
        raise Changed(f"{path.name} is not the file whose SHA-256 stands in {folder.name}/SHA256")
    return Half(name, seen, _parsed(data))


@cache
def _parsed(data: bytes) -> tuple[Report, ...]:
    # A safe loader: the reports are plain tables.
    return tuple(yaml.load(data.decode(), Loader=yaml.CSafeLoader))


def _hashes(folder: Path) -> dict[str, str]:
    lines = (folder / "SHA256").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if line.strip())}
