"""Writes a Debian package from a folder: control file and maintainer scripts come from
`deploy/debian/NAME/`.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from scripts.lib.bringup.command import run
from scripts.lib.bringup.places import CHECKOUT
from scripts.lib.shipping.source import epoch

DEBIAN: Final = CHECKOUT / "deploy" / "debian"
SCRIPTS: Final = ("preinst", "postinst", "prerm", "postrm")


def architecture() -> str:
    """Of this machine: packages with programs in them are built for it alone."""
    return run(["dpkg", "--print-architecture"], remedy="Packages are built on Debian 13.").strip()


def control(name: str, values: Mapping[str, str]) -> str:
    """The control file with `{version}`, `{architecture}` and the like filled in."""
    return (DEBIAN / name / "control").read_text(encoding="utf-8").format_map(values)


def write(name: str, stage: Path, out: Path, values: Mapping[str, str]) -> Path:
    """`stage` is the root of the package's files, which belong to root. `values` need `version` and
    `architecture`.
    """
    meta = stage / "DEBIAN"
    meta.mkdir()
    files = [file for file in sorted(stage.rglob("*")) if file.is_file() or file.is_symlink()]
    inside = [file for file in files if not file.is_symlink()]
    size = sum(-(-file.lstat().st_size // 1024) for file in files) or 1
    (meta / "control").write_text(control(name, {**values, "size": str(size)}), encoding="utf-8")
    (meta / "md5sums").write_text("".join(f"{_md5(file)}  {file.relative_to(stage)}\n" for file in inside))
    settings = [f"/{file.relative_to(stage)}\n" for file in inside if file.is_relative_to(stage / "etc")]
    if settings:
        (meta / "conffiles").write_text("".join(settings))
    for script in SCRIPTS:
        if (DEBIAN / name / script).is_file():
            shutil.copyfile(DEBIAN / name / script, meta / script)
            (meta / script).chmod(0o755)
    _plain_modes(stage)
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{name}_{values['version'].rpartition(':')[2]}_{values['architecture']}.deb"
    run(
        ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z9", "--build", stage, file],
        remedy="apt-get install dpkg-dev",
        env={"SOURCE_DATE_EPOCH": epoch()},
    )
    return file


def _md5(file: Path) -> str:
    """Dpkg's own form: it finds damage of the disk, and proves nothing."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _plain_modes(stage: Path) -> None:
    """Whatever umask and checkout had: everybody reads, root alone writes."""
    for path in [stage, *stage.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
