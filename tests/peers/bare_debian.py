"""A bare Debian 13 with systemd of its own: a root that mmdebstrap made, booted by systemd-nspawn.

It has this machine's network and kernel. What a machine without systemd lacks for it (a cgroup2 tree, the
sign that systemd runs) is mounted for it alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Final

from scripts.lib.bringup import apt_sources
from tests.peers.checkout import HOME
from tests.peers.program import PeerFailed, Program
from tests.waiting import wait_for

SUITE: Final = "trixie"
INCLUDE: Final = "systemd-sysv,dbus,ca-certificates"
BOOTS_WITHIN_S: Final = 120.0
STOPS_WITHIN_S: Final = 60.0
_BOOT: Final = """
set -e
mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/system
[ -e /sys/fs/cgroup/cgroup.controllers ] || mount -t cgroup2 none /sys/fs/cgroup
exec "$0" --quiet --boot --register=no --keep-unit --console=pipe --resolv-conf=copy-host --directory="$1"
"""
_CLEAN: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}


class BareDebian:
    """One root below `folder`, thrown away with it. Root's rights and mmdebstrap are needed."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self._program: Program | None = None
        self._log = folder / "boot.log"
        self._first = 0

    def start(self) -> None:
        """Returns when systemd has started what it has to."""
        self.root.mkdir(parents=True)
        subprocess.run(["tar", "-C", self.root, "-xf", _tarball()], check=True)
        # The root is thrown away: to wait for the disk after each file takes minutes.
        (self.root / "etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n")
        nspawn, libraries = _nspawn()
        apart = ["unshare", "--mount", "--propagation", "private"]
        self._program = Program(
            [*apart, "sh", "-c", _BOOT, str(nspawn), str(self.root)],
            log=self._log,
            env={**os.environ, **libraries},
        )
        self._first = wait_for(self._find_first, "systemd in the root", within=BOOTS_WITHIN_S)
        wait_for(
            lambda: self.run("systemctl is-system-running").stdout.strip() in {"running", "degraded"},
            "a booted root", within=BOOTS_WITHIN_S,
        )  # fmt: skip

    def run(
        self, command: str, *, typed: str = "", timeout: float = 60.0, folder: str = "/root"
    ) -> subprocess.CompletedProcess[str]:
        """A command of its shell, as root, with `typed` on its standard input."""
        inside = ["nsenter", f"--target={self._first}", "--all", f"--wdns={folder}"]
        clean = ["env", "--ignore-environment", *(f"{name}={value}" for name, value in _CLEAN.items())]
        return subprocess.run(
            [*inside, *clean, "sh", "-c", command],
            input=typed, capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip

    def take(self, file: Path, folder: str = "/root") -> None:
        """Copy a file of this machine into it."""
        shutil.copy2(file, self.root / folder.lstrip("/"))

    def close(self) -> None:
        if self._program is None:
            return
        if self._first:
            self.run("systemctl poweroff --no-block")
            until = time.monotonic() + STOPS_WITHIN_S
            while self._program.running and time.monotonic() < until:
                time.sleep(0.2)
        self._program.stop(15)

    def _find_first(self) -> int:
        """The process that is number 1 inside: the only child of systemd-nspawn."""
        assert self._program is not None
        for parent in (self._program.pid, *_children(self._program.pid)):
            for child in _children(parent):
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return child
        return 0


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _tarball() -> Path:
    """Debian 13 with systemd and nothing else, made once from this machine's own archive."""
    tarball = HOME / "cache" / f"bare-{SUITE}.tar"
    if tarball.exists():
        return tarball
    mirror = apt_sources.debian_mirror()
    trust = f"[signed-by={mirror.signed_by}] " if mirror.signed_by.startswith("/") else ""
    # A mirror that was frozen for a machine without the internet is older than its files allow.
    options = [*apt_sources.options(), 'Acquire::Check-Valid-Until "false";']
    part = tarball.with_suffix(".part.tar")
    part.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={INCLUDE}",
         *(f"--aptopt={line}" for line in options), SUITE, part, f"deb {trust}{mirror.uri} {SUITE} main"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise PeerFailed(f"mmdebstrap: {done.stderr[-2000:]}")
    part.rename(tarball)
    return tarball


def _nspawn() -> tuple[Path, dict[str, str]]:
    """systemd-nspawn and the environment that it needs: this machine's, else out of Debian's packages."""
    own = shutil.which("systemd-nspawn")
    if own:
        return Path(own), {}
    folder = HOME / "cache" / "nspawn"
    program = folder / "usr/bin/systemd-nspawn"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["apt-get", "download", "systemd-container", "libsystemd-shared"], cwd=folder, check=True
        )
        for package in folder.glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, folder], check=True)
    [shared] = folder.glob("usr/lib/*/systemd")
    return program, {"LD_LIBRARY_PATH": str(shared)}
