"""The package `songhua-asterisk`: Asterisk of Debian's next release with what our configuration loads of
it, and the libraries that this needs. See docs/decisions/0001 and 0262.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from scripts.lib.bringup import switch
from scripts.lib.bringup.command import Trouble, run
from scripts.lib.bringup.places import ASTERISK_ROOT, CHECKOUT
from scripts.lib.shipping import debs

NAME: Final = "songhua-asterisk"
HOME: Final = Path("usr/lib/songhua-asterisk")
STATUS: Final = HOME / "var/lib/dpkg/status"
"""The Debian packages that files were taken from, as dpkg writes it: the bill of materials reads it."""
MODULES_CONF: Final = CHECKOUT / "asterisk-conf" / "modules.conf.j2"
DATA: Final = ("documentation", "sounds")
"""Of /usr/share/asterisk: what Asterisk needs to understand its configuration, and Debian's prompts."""
OPENED: Final = {"libnss3.so": ("libsoftokn3.so", "libfreebl3.so", "libfreeblpriv3.so")}
"""What a library opens while it runs, which no list of its needs shows: NSS, which ciphers SRTP."""
START: Final = """#!/bin/sh
# Starts Asterisk with its own loader and the libraries that were packed with it.
home=/{home}
OPENSSL_CONF=/dev/null
export OPENSSL_CONF
exec "$home/lib/{loader}" --argv0 "$0" --library-path "$home/lib" "$home/asterisk" "$@"
"""
_AGAIN: Final = "Delete .songhua/asterisk-root and run scripts/setup --only asterisk."


class TakenFrom(NamedTuple):
    """A Debian package in the root: what dpkg says of it, its version, its source package with version."""

    block: str
    version: str
    source: str


def build(out: Path, *, fresh: bool = False) -> Path:
    """`songhua-asterisk_VERSION_ARCH.deb`. `fresh` takes what Debian's archive has today, else what set-up
    has.
    """
    with tempfile.TemporaryDirectory(prefix="songhua-deb.") as scratch:
        root = _fresh(Path(scratch)) if fresh else _brought()
        stage = Path(scratch, "stage")
        taken = lay_out(root, stage)
        return debs.write(NAME, stage, out, fields(taken))


def fields(taken: Mapping[str, TakenFrom]) -> dict[str, str]:
    """What the control file names."""
    version = taken["asterisk"].version
    return {
        "version": f"{version}+songhua1",
        "architecture": debs.architecture(),
        "asterisk": re.split(r"[~+-]", version.rpartition(":")[2])[0],
        "sources": ", ".join(sorted({one.source for one in taken.values()})),
    }


def lay_out(root: Path, stage: Path) -> Mapping[str, TakenFrom]:
    """Fill `stage` from the unpacked packages below `root`; by name, the packages that files were taken
    from.
    """
    [triplet] = (one for one in (root / "usr/lib").glob("*-linux-gnu*") if (one / "asterisk").is_dir())
    loader = next(iter(sorted(root.glob("usr/lib*/ld-linux-*.so.*"))))
    program = root / "usr/sbin/asterisk"
    modules = [triplet / "asterisk/modules" / name for name in loaded_modules()]
    libraries = _libraries(loader, triplet, [program, *modules])
    opened = [triplet / name for one in libraries for name in OPENED.get(one.name, ())]
    libraries = sorted({*libraries, *opened, *_libraries(loader, triplet, opened)})
    _copy(program, stage / HOME / "asterisk")
    for library in (loader, *libraries):
        _copy(library, stage / HOME / "lib" / library.name)
    for module in modules:
        _copy(module, stage / module.relative_to(root))
    starter = stage / "usr/sbin/asterisk"
    starter.parent.mkdir(parents=True, exist_ok=True)
    starter.write_text(START.format(home=HOME, loader=loader.name), encoding="utf-8")
    starter.chmod(0o755)
    _data(root / "usr/share/asterisk", stage / "usr/share/asterisk")
    deploy = CHECKOUT / "deploy"
    _copy(deploy / "systemd/asterisk.service", stage / "usr/lib/systemd/system/asterisk.service")
    for kind in ("sysusers.d", "tmpfiles.d"):
        _copy(deploy / kind / f"{NAME}.conf", stage / "usr/lib" / kind / f"{NAME}.conf")
    _copy(deploy / "logrotate/asterisk", stage / "etc/logrotate.d" / NAME)
    sounds = (root / "usr/share/asterisk").rglob("*.wav")
    taken = _taken(root, [program, loader, *libraries, *modules, *sounds])
    _papers(root, stage, taken)
    return taken


def loaded_modules(conf: Path = MODULES_CONF) -> list[str]:
    """The modules that the configuration may load. Others that Debian builds could give an AMI user a
    shell.
    """
    return sorted(set(re.findall(r"^load = (\w+\.so)$", conf.read_text(encoding="utf-8"), re.MULTILINE)))


def _brought() -> Path:
    """What scripts/setup has unpacked."""
    program = ASTERISK_ROOT / "usr/sbin/asterisk"
    if not program.is_file():
        switch.bring()
    if not program.is_file():
        raise Trouble(
            "set-up uses this machine's own Asterisk, and its packages are not ours to pack",
            "scripts/package asterisk --fresh takes them from Debian's archive.",
        )
    return ASTERISK_ROOT


def _fresh(scratch: Path) -> Path:
    archive, root = scratch / "root.tar.zst", scratch / "root"
    switch.unpack_packages(archive)
    root.mkdir()
    words = ["-C", str(root), "--exclude=./dev/*", "--no-same-owner", "--no-same-permissions", "--zstd"]
    run(["tar", *words, "-xf", archive], remedy="Is the disk full?")
    switch.mend_links(root)
    return root


def _libraries(loader: Path, triplet: Path, programs: Iterable[Path]) -> list[Path]:
    """What the loader finds for each, in the root alone."""
    found: set[Path] = set()
    for program in programs:
        told = run([loader, "--library-path", triplet, "--list", program], remedy=_AGAIN)
        if "not found" in told:
            raise Trouble(f"{program.name} lacks a library: {told}", _AGAIN)
        found.update(Path(one) for one in re.findall(r"=> (\S+)", told))
    libraries = sorted(one for one in found if one.name != loader.name)
    foreign = [str(one) for one in libraries if not one.is_relative_to(triplet)]
    if foreign:
        raise Trouble(f"libraries of this machine would be used: {' '.join(foreign)}", _AGAIN)
    return libraries


def _data(brought: Path, target: Path) -> None:
    for name in DATA:
        shutil.copytree(brought / name, target / name, symlinks=True)
    for link in [one for one in (target / "sounds").iterdir() if one.is_symlink() and not one.exists()]:
        link.unlink()


def _taken(root: Path, files: Iterable[Path]) -> dict[str, TakenFrom]:
    owners = _owners(root)
    names = {owners.get(_installed_name(root, file)) for file in files}
    blocks = (root / "var/lib/dpkg/status").read_text(encoding="utf-8", errors="replace").split("\n\n")
    found: dict[str, TakenFrom] = {}
    for block in blocks:
        told: dict[str, str] = dict(re.findall(r"^([A-Za-z-]+): (.*)$", block, re.MULTILINE))
        if told.get("Package") in names:
            origin, _, version = told.get("Source", told["Package"]).partition(" ")
            built_from = f"{origin} (= {version.strip('()') or told['Version']})"
            found[told["Package"]] = TakenFrom(block.strip(), told["Version"], built_from)
    return found


def _owners(root: Path) -> dict[str, str]:
    """The package of each file, by dpkg's lists."""
    found = {}
    for listed in (root / "var/lib/dpkg/info").glob("*.list"):
        package = listed.stem.partition(":")[0]
        found.update(dict.fromkeys(listed.read_text(encoding="utf-8").splitlines(), package))
    return found


def _installed_name(root: Path, file: Path) -> str:
    """As dpkg lists it: links of folders are followed, the library's own link is not."""
    whole = file.parent.resolve() / file.name
    return f"/{whole.relative_to(root.resolve())}"


def _papers(root: Path, stage: Path, taken: Mapping[str, TakenFrom]) -> None:
    status = stage / STATUS
    status.parent.mkdir(parents=True)
    blocks = [taken[name].block for name in sorted(taken)]
    status.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    notices = []
    for name, one in sorted(taken.items()):
        file = root / "usr/share/doc" / name / "copyright"
        if not file.is_file():
            raise Trouble(f"{name} has no copyright file", "Report it: its licence must be shipped.")
        words = file.read_text(encoding="utf-8", errors="replace")
        notices.append(f"==== {name} {one.version}\n\n{words}")
    target = stage / "usr/share/doc" / NAME / "copyright"
    target.parent.mkdir(parents=True)
    target.write_text("\n".join(notices), encoding="utf-8")


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(file, target)
