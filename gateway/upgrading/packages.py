"""The packages of an upgrade: copied beside the journal, so that each step and the way back find them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from gateway.upgrading.journal import journals

FOLDER: Final = "packages"
_WHEEL: Final = re.compile(r"^[A-Za-z0-9_.]+-([A-Za-z0-9_.!+]+)-[^/]+\.whl$")
_VERSION_S: Final = 20.0


def digest_of(package: Path) -> str:
    """SHA-256 as hex. Raises `OSError`."""
    with package.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def kept(folder: Path, package: Path, digest: str) -> Path:
    """The copy, under the package's own name: installers read it. Raises `OSError`."""
    target = folder / FOLDER / digest[:16] / package.name
    if target.is_file() and digest_of(target) == digest:
        return target
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    part = target.with_name(target.name + ".part")
    shutil.copyfile(package, part)
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(target)
    return target


def version_of(package: Path) -> str | None:
    """What a wheel's name or a Debian package says; None for another kind."""
    wheel = _WHEEL.fullmatch(package.name)
    if wheel is not None:
        return wheel[1]
    if package.suffix != ".deb":
        return None
    try:
        done = subprocess.run(  # noqa: S603  # a file's name, and no shell
            ["dpkg-deb", "--field", str(package), "Version"],  # noqa: S607
            capture_output=True, text=True, check=False, timeout=_VERSION_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    # Without epoch and Debian's own part: what the program calls itself.
    found = done.stdout.strip().partition(":")[2] or done.stdout.strip()
    return found.partition("-")[0] or None


def of_version(folder: Path, version: str) -> Path | None:
    """The package by which this version was installed here, where it is still kept."""
    for journal in journals(folder):
        state = journal.state()
        package = Path(state.plan.package)
        if state.outcome == "upgraded" and state.plan.to_version == version and package.is_file():
            return package
    return None


def prune(folder: Path, needed: set[Path]) -> None:
    """Remove copies that no way back needs."""
    for package in (folder / FOLDER).glob("*/*"):
        if package not in needed:
            package.unlink()
            package.parent.rmdir()
