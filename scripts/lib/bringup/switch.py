"""Asterisk 18 or newer: the machine's own where there is one, otherwise a private one of Debian's packages.

Either way `.songhua/bin/asterisk` is the program to call. See docs/decisions/0001-private-asterisk.md.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from . import apt_sources
from .command import Trouble, run
from .places import ASTERISK_ROOT, BIN, HOME, LOGS, cache, sha256

MINIMUM = 18
SUITE = "forky"
INCLUDE = "asterisk,asterisk-core-sounds-en-wav"
LAYOUT = "1"  # raise when the content of the folder changes, so that cached ones are made anew

# The folder's own loader starts the program with the folder's own libraries: no chroot, no mounts, no root
# needed, and every path means the same inside and outside. `--argv0` lets "core restart now" find this again.
WRAPPER = """#!/bin/sh
# Starts the private Asterisk with its own loader and libraries. Written by scripts/setup.
self=$(readlink -f "$0")
root=$(dirname "$(dirname "$self")")/asterisk-root
lib=$root/usr/lib/{triplet}
OPENSSL_CONF=/dev/null
export OPENSSL_CONF
exec "$root/{loader}" --argv0 "$self" --library-path "$lib:$lib/pulseaudio" "$root/usr/sbin/asterisk" "$@"
"""


def own() -> Path | None:
    """The machine's own Asterisk when it is new enough."""
    if os.environ.get("SONGHUA_PRIVATE_ASTERISK"):
        return None
    found = shutil.which("asterisk", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None or Path(found).resolve() == BIN / "asterisk":
        return None
    number = major(Path(found))
    return Path(found) if number is not None and number >= MINIMUM else None


def major(program: Path) -> int | None:
    """The major version that a program reports, None when it does not run."""
    try:
        text = subprocess.run(
            [program, "-V"], stdout=subprocess.PIPE, text=True, timeout=20, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"Asterisk (?:certified[/-])?(\d+)\.", text)
    return int(found.group(1)) if found else None


def bring() -> str:
    """Make `.songhua/bin/asterisk` work; says which Asterisk it is."""
    BIN.mkdir(parents=True, exist_ok=True)
    wrapper = BIN / "asterisk"
    mine = own()
    if mine is not None:
        _replace(
            wrapper,
            f'#!/bin/sh\n# The machine\'s own Asterisk. Written by scripts/setup.\nexec "{mine}" "$@"\n',
        )
        return f"the machine's own, {mine}"
    how = "already there" if _usable() else _make()
    _name_host()
    mend_links(ASTERISK_ROOT)
    _replace(wrapper, WRAPPER.format(triplet=_triplet().name, loader=_loader()))
    number = major(wrapper)
    if number is None or number < MINIMUM:
        raise Trouble(
            f"the private Asterisk in {ASTERISK_ROOT} does not start",
            f"Delete that folder and {_tarball()}, then run scripts/setup again.",
        )
    return f"private, version {number}, {how}"


def _usable() -> bool:
    marker = ASTERISK_ROOT / ".songhua-layout"
    return (
        marker.is_file() and marker.read_text() == LAYOUT and (ASTERISK_ROOT / "usr/sbin/asterisk").is_file()
    )


def _make() -> str:
    HOME.mkdir(parents=True, exist_ok=True)
    with (cache() / "asterisk-root.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two checkouts may be set up at once
        tarball = _tarball()
        how = "from the cache"
        if not _intact(tarball):
            how = "from Debian's packages"
            unpack_packages(tarball)
    part = Path(tempfile.mkdtemp(prefix="asterisk-root.", dir=HOME))
    skip = [
        "--exclude=./dev/*",
        "--exclude=./proc/*",
        "--exclude=./sys/*",
        "--no-same-owner",
        "--no-same-permissions",
    ]
    run(
        ["tar", "-C", part, *skip, "--zstd", "-xf", tarball],
        remedy=f"Is the disk full? Delete {tarball} and try again.",
    )
    part.chmod(0o755)
    (part / ".songhua-layout").write_text(LAYOUT)
    if ASTERISK_ROOT.exists():
        shutil.rmtree(ASTERISK_ROOT)
    part.rename(ASTERISK_ROOT)
    return how


def _tarball() -> Path:
    return cache() / f"asterisk-{SUITE}-{os.uname().machine}-{LAYOUT}.tar.zst"


def _intact(tarball: Path) -> bool:
    note = tarball.with_suffix(".sha256")
    return tarball.is_file() and note.is_file() and note.read_text().strip() == sha256(tarball)


def unpack_packages(tarball: Path) -> None:
    """What Debian's archive has today, with its digest beside it."""
    mirror = apt_sources.debian_mirror()
    trust = f"[signed-by={mirror.signed_by}] " if mirror.signed_by.startswith("/") else ""
    options = [*apt_sources.options(), 'Acquire::Retries "3";']
    attempt = [
        "mmdebstrap",
        "--quiet",
        "--variant=apt",
        "--components=main",
        f"--include={INCLUDE}",
        *[f"--aptopt={line}" for line in options],
    ]
    part = tarball.with_suffix(".part.tar.zst")
    source = f"deb {trust}{mirror.uri} {SUITE} main"
    remedy = (
        f"The mirror comes from this machine's apt sources ({mirror.uri}). See that 'apt-get update' works, "
        f"and that the mirror carries {SUITE}; or install Asterisk {MINIMUM} or newer yourself."
    )
    run([*attempt, SUITE, part, source], remedy=remedy, log=LOGS / "mmdebstrap.log")
    part.rename(tarball)
    tarball.with_suffix(".sha256").write_text(sha256(tarball))


def _name_host() -> None:
    """Asterisk looks its own host name up at start: without this line it waits for the network."""
    hosts = ASTERISK_ROOT / "etc/hosts"
    line = f"127.0.0.1 localhost {socket.gethostname()}\n"
    if not hosts.is_file() or hosts.read_text() != line:
        hosts.write_text(line)


def mend_links(root: Path) -> None:
    """Debian's links to the English prompts are absolute and would point into the machine."""
    sounds = root / "usr/share/asterisk/sounds"
    voices = sorted(
        folder.name for folder in sounds.glob("en_*_*") if folder.is_dir() and not folder.is_symlink()
    )
    link = sounds / "en"
    if voices and not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(voices[0])


def _triplet() -> Path:
    for folder in sorted((ASTERISK_ROOT / "usr/lib").glob("*-linux-gnu*")):
        if (folder / "asterisk/modules").is_dir():
            return folder
    raise Trouble(
        "the private Asterisk has no modules", f"Delete {ASTERISK_ROOT} and run scripts/setup again."
    )


def _loader() -> str:
    for pattern in ("usr/lib64/ld-linux-*.so.*", "usr/lib/ld-linux-*.so.*", "usr/lib/*/ld-linux-*.so.*"):
        for loader in ASTERISK_ROOT.glob(pattern):
            return str(loader.relative_to(ASTERISK_ROOT))
    raise Trouble(
        "the private Asterisk has no loader", f"Delete {ASTERISK_ROOT} and run scripts/setup again."
    )


def _replace(file: Path, text: str) -> None:
    if file.is_file() and file.read_text() == text:
        return
    part = file.with_suffix(".part")
    part.write_text(text)
    part.chmod(0o755)
    part.rename(file)
