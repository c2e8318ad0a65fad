"""The hundreds of calls of the measure. None may change: their hashes stand beside them.

Half a may be read by whoever writes rules. Of b and c only totals were ever seen, but several times.
Half d came last and counts: nothing is tuned after its totals are seen. Thresholds are chosen on
`dev.yaml`, which is no half.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
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
    return (
        _half("half_a", folder, seen=True),
        _half("half_b", folder, seen=False),
        _half("half_c", folder, seen=False),
        _half("half_d", folder, seen=False),
        _half("half_e", folder, seen=False),
        _half("half_f", folder, seen=False),
    )


def chosen_on(folder: Path = FOLDER) -> Half:
    """The calls that thresholds are chosen on. Its figures flatter, and stand in no table."""
    reports = yaml.load((folder / "dev.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return Half("dev", True, tuple(reports))


def developed_on(folder: Path = FOLDER) -> Half:
    """A later hundred of another writer, totalled once before it was looked at (decision 0150). No half."""
    reports = yaml.load((folder / "dev_fresh.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return Half("dev_fresh", True, tuple(reports))


def seen_half(folder: Path = FOLDER) -> Half:
    """The half that rules may be written against, for tests of those rules. Raises `Changed`."""
    return _half("half_a", folder, seen=True)


def _half(name: str, folder: Path, *, seen: bool) -> Half:
    path = folder / f"{name}.yaml"
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != _hashes(folder).get(path.name):
        raise Changed(f"{path.name} is not the file whose SHA-256 stands in {folder.name}/SHA256")
    # A safe loader: the reports are plain tables.
    reports = yaml.load(data.decode(), Loader=yaml.CSafeLoader)
    return Half(name, seen, tuple(reports))


def _hashes(folder: Path) -> dict[str, str]:
    lines = (folder / "SHA256").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if line.strip())}
