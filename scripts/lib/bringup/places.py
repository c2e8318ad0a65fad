"""Where things live: everything under `.songhua/` of the checkout, downloads in the user's cache."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
HOME = CHECKOUT / ".songhua"
VENV = HOME / "venv"
ASTERISK_ROOT = HOME / "asterisk-root"
BIN = HOME / "bin"
MODELS = HOME / "models"
STAMPS = HOME / "stamps"
LOGS = HOME / "setup-logs"


def cache() -> Path:
    """The download cache; a second checkout of the same user takes from it."""
    given = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(given) if given else Path.home() / ".cache") / "songhua"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def digest(paths: Iterable[Path]) -> str:
    """One SHA-256 over names and contents, so that any change is seen."""
    total = hashlib.sha256()
    for path in paths:
        total.update(str(path).encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def sha256(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            total.update(piece)
    return total.hexdigest()


def stamped(part: str, value: str) -> bool:
    """True when the part was finished with exactly this value."""
    stamp = STAMPS / part
    return stamp.is_file() and stamp.read_text() == value


def stamp(part: str, value: str) -> None:
    """Remember that the part is finished with this value."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / part).write_text(value)
