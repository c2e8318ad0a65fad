"""Copies of the working tree in which mutants live: a mutant never touches the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

from tests.peers.checkout import CHECKOUT, HOME

# What a room of the product is here: its top-level folder.
ROOMS = (
    "core",
    "gateway",
    "hotline",
    "ivr",
    "speech",
    "cases",
    "cdr",
    "citizen",
    "field",
    "radio_bridge",
    "identity",
    "privacy",
)
KEPT = HOME / "mutation"
# What each copy has of its own; of all else in the checkout's `.songhua`, and of what was built, it sees the
# original.
OWN = {"mutation", "pycache", "examples", "reports"}
BUILT = ("console/dist", "console/node_modules")


def files(root: Path = CHECKOUT) -> list[str]:
    """The files of the working tree as they are: what is committed, and what is new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True,
    ).stdout.decode()  # fmt: skip
    return sorted({name for name in listed.split("\0") if name and (root / name).is_file()})


def copy(into: Path, root: Path = CHECKOUT) -> Path:
    """A copy of the working tree. It uses the checkout's virtual environment, peers and models."""
    for name in files(root):
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target, follow_symlinks=False)
    home = into / HOME.name
    home.mkdir(parents=True)
    for entry in (root / HOME.name).iterdir():
        if entry.name not in OWN:
            (home / entry.name).symlink_to(entry)
    for name in BUILT:
        if (root / name).exists():
            (into / name).symlink_to(root / name)
    return into


def environment(tree: Path) -> dict[str, str]:
    """How programs are run in a copy: its own modules before the installed ones, byte code of its own."""
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COVERAGE_"))},
        "PYTHONPATH": str(tree),
        "PYTHONPYCACHEPREFIX": str(tree / HOME.name / "pycache"),
        "HYPOTHESIS_PROFILE": "quick",
    }


def digest(file: Path) -> str:
    """What a file contains; empty where it is not there."""
    return sha256(file.read_bytes()).hexdigest()[:16] if file.is_file() else ""
