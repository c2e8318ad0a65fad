"""Where this checkout keeps what `scripts/setup` brought."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.peers.program import PeerFailed

CHECKOUT = Path(__file__).resolve().parents[2]
HOME = CHECKOUT / ".songhua"
ASTERISK = HOME / "bin" / "asterisk"
ASTERISK_ROOT = HOME / "asterisk-root"


def program(name: str, *, package: str) -> str:
    """A program on PATH, or an error that names the command which brings it."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise PeerFailed(f"{name} is missing: run scripts/setup (Debian package {package})")
    return found
