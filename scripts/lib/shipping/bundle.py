"""`scripts/bundle`: one archive with our packages and every Debian package that a bare Debian 13 lacks for
them.

See docs/decisions/0263.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from scripts.lib.bringup.command import Trouble, run
from scripts.lib.bringup.places import CHECKOUT, sha256
from scripts.lib.shipping import asterisk, model, repository, songhua
from scripts.lib.shipping.__main__ import OUT, tell

OURS: Final = (songhua, asterisk, model)
BESIDE: Final = ("postgresql-17", "nftables", "nginx", "fail2ban")
"""Of Debian, what a centre runs beside: database, firewall, proxy. Installed with the rest, or left out by
name.
"""
CODENAME: Final = "trixie"
INSTALL: Final = CHECKOUT / "deploy" / "debian" / "install"
_APT: Final = "See that 'apt-get update' works on this machine: the bundle takes packages from its sources."


def main(words: list[str]) -> int:
    """Exit status 0 when the archive is there, 1 when it could not be made, 2 for wrong arguments."""
    parser = argparse.ArgumentParser(
        prog="scripts/bundle",
        description="Builds one archive that installs Songhua on a bare Debian 13 without a network.",
    )
    parser.add_argument("--out", type=Path, default=OUT, metavar="FOLDER", help="where to (dist)")
    ready = "where the packages are; those that are missing are built into it (as --out)"
    parser.add_argument("--packages", type=Path, metavar="FOLDER", help=ready)
    chosen = parser.parse_args(words)
    out: Path = chosen.out.absolute()
    try:
        archive = build(out, (chosen.packages or out).absolute())
    except Trouble as trouble:
        tell(trouble)
        return 1
    print(f"{archive} ({archive.stat().st_size / 1e6:.0f} MB)\n{sha256(archive)}", flush=True)
    return 0


def build(out: Path, packages: Path) -> Path:
    """`songhua-VERSION-ARCH.tar`, and its SHA-256 beside it."""
    packages.mkdir(parents=True, exist_ok=True)
    ours = [_latest(one.NAME, packages) or one.build(packages) for one in OURS]
    print("\n".join(f"with {package}" for package in ours), flush=True)
    name = f"songhua-{repository.field(ours[0], 'Version')}-{repository.field(ours[0], 'Architecture')}"
    with tempfile.TemporaryDirectory(prefix="songhua-bundle.") as scratch:
        folder = Path(scratch, name)
        debs = folder / "debs"
        debs.mkdir(parents=True)
        for package in ours:
            shutil.copyfile(package, debs / package.name)
        download([one.NAME for one in OURS] + list(BESIDE), debs, Path(scratch, "apt"))
        repository.index(debs)
        shutil.copyfile(INSTALL, folder / "install")
        (folder / "install").chmod(0o755)
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        sums = "".join(f"{sha256(file)}  {file.relative_to(folder)}\n" for file in files)
        (folder / "SHA256SUMS").write_text(sums)
        archive = out / f"{name}.tar"
        out.mkdir(parents=True, exist_ok=True)
        words = ["--owner=0", "--group=0", "--numeric-owner", "--sort=name", "-C", scratch]
        run(["tar", *words, "-cf", archive, name], remedy="Is the disk full?")
    archive.with_suffix(".tar.sha256").write_text(f"{sha256(archive)}  {archive.name}\n")
    return archive


def download(names: list[str], debs: Path, scratch: Path) -> None:
    """Into `debs`, with all that they depend on: apt is told that nothing is installed."""
    repository.index(debs)
    for folder in ("lists/partial", "archives/partial", "sources"):
        (scratch / folder).mkdir(parents=True)
    (scratch / "status").touch()
    _sources(scratch / "sources")
    (scratch / "sources/songhua.list").write_text(f"deb [trusted=yes] file:{debs} ./\n")
    settings = {
        "Dir::Etc::SourceList": "/dev/null", "Dir::Etc::SourceParts": scratch / "sources",
        "Dir::Etc::Preferences": "/dev/null", "Dir::Etc::PreferencesParts": "/dev/null",
        "Dir::State::Lists": scratch / "lists", "Dir::State::status": scratch / "status",
        "Dir::State::extended_states": scratch / "extended", "Dir::Cache::Archives": scratch / "archives",
        "Dir::Cache::pkgcache": "", "Dir::Cache::srcpkgcache": "", "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false", "APT::Get::List-Cleanup": "false", "Debug::NoLocking": "true",
    }  # fmt: skip
    options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
    run(["apt-get", *options, "-q", "update"], remedy=_APT)
    run(["apt-get", *options, "-qy", "--download-only", "install", *names], remedy=_APT)
    for package in (scratch / "archives").glob("*.deb"):
        # apt escapes the colon of an epoch.
        shutil.move(package, debs / package.name.replace("%3a", ":").replace(":", "-"))


def _sources(to: Path) -> None:
    """Those that are set up on this machine."""
    etc = Path("/etc/apt")
    parts = etc / "sources.list.d"
    for file in [*parts.glob("*.sources"), *parts.glob("*.list")]:
        shutil.copyfile(file, to / file.name)
    if (etc / "sources.list").is_file():
        shutil.copyfile(etc / "sources.list", to / "machine.list")


def _latest(name: str, packages: Path) -> Path | None:
    found = sorted(packages.glob(f"{name}_*.deb"), key=os.path.getmtime)
    return found[-1] if found else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
