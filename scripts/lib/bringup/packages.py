"""System packages: only those whose program is missing, in one `apt-get install`."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .command import Trouble, as_root, run
from .places import LOGS

# program on PATH -> Debian package that brings it
PROGRAMS = {
    "sipp": "sip-tester",
    "baresip": "baresip-core",
    "mosquitto": "mosquitto",
    "mosquitto_sub": "mosquitto-clients",
    "svxreflector": "svxreflector",
    "svxlink": "svxlink-server",
    "mumble-server": "mumble-server",
    "nginx": "nginx",
    "caddy": "caddy",
    "turnserver": "coturn",
    "nft": "nftables",
    "chromium-headless-shell": "chromium-headless-shell",
    "ffmpeg": "ffmpeg",
    "sox": "sox",
    "mmdebstrap": "mmdebstrap",
    "dot": "graphviz",
    "strace": "strace",
    "restic": "restic",
    "zstd": "zstd",
    "git": "git",
    "cc": "gcc",
    "node": "nodejs",
    "npm": "npm",
}
FILES = {
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc": "fonts-noto-cjk",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc": "fonts-wqy-microhei",
    "/etc/ssl/certs/ca-certificates.crt": "ca-certificates",
    "/usr/include/unistd.h": "libc6-dev",
}
# services that a package starts on a fixed port; ours run privately on free ports
SERVICES = {
    "mosquitto": "mosquitto",
    "postgresql": "postgresql",
    "svxreflector": "svxreflector",
    "svxlink-server": "svxlink",
    "mumble-server": "mumble-server",
    "nginx": "nginx",
    "caddy": "caddy",
    "coturn": "coturn",
    "prometheus": "prometheus",
}
NODE_MINIMUM = 20


def missing() -> list[str]:
    """Debian packages that this machine lacks."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    wanted = [package for program, package in PROGRAMS.items() if shutil.which(program, path=path) is None]
    wanted += [package for file, package in FILES.items() if not Path(file).exists()]
    if not any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        wanted.append("postgresql")
    if sys.executable.startswith("/usr/bin/") and not _has_ensurepip():
        wanted.append("python3-venv")
    return wanted


def bring() -> str:
    """Install what is missing and say what was done."""
    wanted = missing()
    install(wanted)
    _check_node()
    return f"installed {' '.join(wanted)}" if wanted else "all there"


def install(wanted: list[str]) -> None:
    """These Debian packages, in one `apt-get install`."""
    if wanted:
        if shutil.which("apt-get") is None:
            raise Trouble(
                f"this machine has no apt-get, and these Debian packages are missing: {' '.join(wanted)}",
                "Use Debian 13 (a container will do), or install the programs by your own means.",
            )
        print(f"installing {' '.join(wanted)} … ", end="", flush=True)
        remedy = (
            f"Try it by hand to see the whole story: apt-get update && apt-get install {' '.join(wanted)}"
        )
        run(as_root(["apt-get", "update", "-q"]), remedy=remedy, log=LOGS / "apt-update.log")
        environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
        words = [*environment, "apt-get", "install", "-y", "-q", "--no-install-recommends", *wanted]
        run(as_root(words), remedy=remedy, log=LOGS / "apt-install.log")
        _stop_services(wanted)


def _stop_services(installed: list[str]) -> None:
    if not Path("/run/systemd/system").exists():
        return
    for package, service in SERVICES.items():
        if package in installed:
            subprocess.run(as_root(["systemctl", "disable", "--now", "-q", service]), check=False)


def _check_node() -> None:
    text = run(["node", "--version"], remedy="Install Node 20 or newer.").strip()
    if int(text.lstrip("v").split(".")[0]) < NODE_MINIMUM:
        raise Trouble(
            f"node is {text}, the console needs {NODE_MINIMUM}", "Install Debian 13's nodejs, or Node 20."
        )


def _has_ensurepip() -> bool:
    return importlib.util.find_spec("ensurepip") is not None
