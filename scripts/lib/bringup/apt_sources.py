"""Reads the machine's own apt configuration: which mirror, which key, which proxy.

No mirror is named anywhere in this project.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .command import Trouble

APT = Path("/etc/apt")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.pgp")


class Mirror(NamedTuple):
    """One Debian archive: its address and the keyring that the machine trusts for it (or an empty string)."""

    uri: str
    signed_by: str


def debian_mirror(apt: Path = APT) -> Mirror:
    """The first source that carries Debian's `main` for a release, not its security archive."""
    for uri, suites, components, signed_by in _entries(apt):
        security = any("security" in suite for suite in suites) or "security" in uri
        network = uri.split(":", 1)[0] in {"http", "https", "mirror+file", "mirror", "tor+http"}
        if network and not security and "main" in components and _names_debian(uri, suites):
            return Mirror(uri.rstrip("/"), signed_by)
    raise Trouble(
        f"no Debian archive stands in {apt}/sources.list.d/*.sources or {apt}/sources.list",
        "Add a Debian mirror to apt's sources, or install Asterisk 18 or newer yourself: it is then used.",
    )


def options() -> list[str]:
    """The machine's `Acquire::` settings for proxy, certificates and expiry, as lines for another apt."""
    dump = subprocess.run(["apt-config", "dump"], stdout=subprocess.PIPE, text=True, check=False).stdout
    wanted = re.compile(
        r"^Acquire::(https?|Check-|Retries|Max-ValidTime|ForceIPv)[^ ]* \"[^\"]+\";$", re.IGNORECASE
    )
    return [line for line in dump.splitlines() if wanted.match(line)]


def _names_debian(uri: str, suites: list[str]) -> bool:
    releases = {"stable", "testing", "unstable", "sid", "bookworm", "trixie", "forky", "duke"}
    return "debian" in uri or any(suite.split("-")[0] in releases for suite in suites)


def _entries(apt: Path) -> Iterator[tuple[str, list[str], list[str], str]]:
    for file in sorted((apt / "sources.list.d").glob("*.sources")):
        for block in re.split(r"\n\s*\n", file.read_text(errors="replace")):
            yield from _deb822(block)
    one_line = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]
    for file in one_line:
        if file.is_file():
            for line in file.read_text(errors="replace").splitlines():
                yield from _one_line(line)


def _deb822(block: str) -> Iterator[tuple[str, list[str], list[str], str]]:
    fields: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and name:
            fields[name] += " " + line.strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    enabled = fields.get("enabled", "yes").lower() not in {"no", "false", "0"}
    if enabled and "deb" in fields.get("types", "").split():
        signed_by = fields.get("signed-by", "")
        for uri in fields.get("uris", "").split():
            yield uri, fields.get("suites", "").split(), fields.get("components", "").split(), signed_by


def _one_line(line: str) -> Iterator[tuple[str, list[str], list[str], str]]:
    found = re.match(
        r"^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$", line.split("#", maxsplit=1)[0].strip()
    )
    if found:
        signed = re.search(r"signed-by=(\S+)", found.group(1) or "", re.IGNORECASE)
        keyring = signed.group(1) if signed else ""
        yield found.group(2), [found.group(3)], found.group(4).split(), keyring
