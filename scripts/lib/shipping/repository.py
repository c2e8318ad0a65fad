"""A folder of Debian packages that apt can install from: its index (`Packages`), made without further
tools.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from scripts.lib.bringup.command import run
from scripts.lib.bringup.places import sha256


def index(folder: Path) -> Path:
    """Write `Packages` for all packages in the folder: `deb [trusted=yes] file:FOLDER ./`."""
    packages = sorted(folder.glob("*.deb"))
    target = folder / "Packages"
    target.write_text("\n".join(_entries(packages)), encoding="utf-8")
    return target


def field(package: Path, name: str) -> str:
    """One field of a package's control file, empty where it has none."""
    return run(
        ["dpkg-deb", "--field", package, name], remedy="The package is damaged: build it again."
    ).strip()


def _entries(packages: Iterable[Path]) -> Iterable[str]:
    for package in packages:
        told = run(["dpkg-deb", "--field", package], remedy="The package is damaged: download it again.")
        yield (
            f"{told.rstrip()}\nFilename: ./{package.name}\nSize: {package.stat().st_size}\n"
            f"SHA256: {sha256(package)}\n"
        )
