"""Programs from the system's packages: Asterisk, broker, database, and what scripts/setup brings."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.sbom.model import SbomComponent, purl

NEEDED: Final = frozenset(
    {
        "asterisk", "ca-certificates", "ffmpeg", "fonts-wqy-microhei", "mosquitto", "nginx", "nodejs", "npm",
        "postgresql", "restic",
    }
)  # fmt: skip
"""What a centre runs or builds with. The rest of `BROUGHT` is for demo and tests."""
BROUGHT: Final = frozenset(
    {
        *NEEDED, "baresip-core", "caddy", "chromium-headless-shell", "coturn", "fonts-noto-cjk", "gcc",
        "git", "graphviz", "libc6-dev", "mmdebstrap", "mosquitto-clients", "mumble-server", "nftables",
        "sip-tester", "sox", "strace", "svxlink-server", "svxreflector", "zstd",
    }
)  # fmt: skip
"""What scripts/setup installs; a test compares."""
STATUS: Final = Path("var/lib/dpkg/status")
_LARGEST: Final = 64 << 20


def installed(status: str) -> dict[str, tuple[str, str]]:
    """Version and architecture of each installed package, by name, from dpkg's status file."""
    found = {}
    for block in status.split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(" ")
        )
        if fields.get("Status", "").endswith(" installed") and {"Package", "Version"} <= fields.keys():
            found[fields["Package"]] = (fields["Version"], fields.get("Architecture", ""))
    return found


def status_of(root: Path) -> dict[str, tuple[str, str]] | None:
    """None where there is no dpkg."""
    try:
        with (root / STATUS).open("rb") as file:
            return installed(file.read(_LARGEST).decode("utf-8", "replace"))
    except OSError:
        return None


def system_packages(found: Mapping[str, tuple[str, str]]) -> list[SbomComponent]:
    """The packages of `BROUGHT` that are installed on this machine."""
    return [_package(name, *found[name], needed=name in NEEDED) for name in sorted(BROUGHT & found.keys())]


def private_switch(found: Mapping[str, tuple[str, str]]) -> list[SbomComponent]:
    """Asterisk in a root of its own, with every package that stands in it: its libraries serve calls too."""
    if "asterisk" not in found:
        return []
    version, machine = found["asterisk"]
    inside = [
        _package(name, *what, needed=True) for name, what in sorted(found.items()) if name != "asterisk"
    ]
    switch = _package("asterisk", version, machine, needed=True)
    return [
        SbomComponent(
            kind="application", name="asterisk", version=version, purl=switch.purl,
            properties={"songhua:found": "in a root of its own"}, parts=inside,
        )
    ]  # fmt: skip


def unpackaged_switch(version: str) -> SbomComponent:
    """Asterisk that somebody built himself."""
    return SbomComponent(
        kind="application", name="asterisk", version=version,
        purl=purl("github", "asterisk", version, space="asterisk"),
    )  # fmt: skip


def _package(name: str, version: str, machine: str, *, needed: bool) -> SbomComponent:
    return SbomComponent(
        kind="application" if name in BROUGHT else "library",
        name=name,
        version=version,
        purl=purl("deb", name, version, space=distribution(), arch=machine),
        needed=needed,
    )


def distribution() -> str:
    """`debian`, `ubuntu` …: the space of a package's URL."""
    try:
        return platform.freedesktop_os_release().get("ID", "debian")
    except OSError:
        return "debian"
