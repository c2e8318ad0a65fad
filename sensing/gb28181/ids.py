"""Ids of GB/T 28181 (20 digits: centre 8, industry 2, type 3, network 1, sequence 6), numbers of streams."""

from __future__ import annotations

import re
from typing import Final

ID: Final = r"^[0-9]{20}$"
SERVER_TYPE: Final = "200"
CAMERA_TYPES: Final = frozenset({"131", "132"})
SCHEME: Final = "gb28181"


def is_id(text: str) -> bool:
    return re.fullmatch(r"[0-9]{20}", text, re.ASCII) is not None


def realm_of(server_id: str) -> str:
    """The domain of a platform: the first ten digits of its id."""
    return server_id[:10]


def stream_number(server_id: str, number: int, *, recorded: bool = False) -> str:
    """The ten digits of `y=`, which are the SSRC: 0 for a live picture, 1 for a recorded one, digits 4 to 8
    of the domain, and four that no other open stream has.
    """
    return f"{int(recorded)}{server_id[3:8]}{number % 10_000:04d}"


def address_of(device: str, channel: str) -> str:
    """How the register says that a camera is reached by a device that registers with us."""
    return f"{SCHEME}://{device}/{channel}"


def parts_of(address: str) -> tuple[str, str] | None:
    """Device and channel of such an address; None for another."""
    found = re.fullmatch(r"gb28181://([0-9]{20})/([0-9]{20})", address, re.ASCII)
    return (found.group(1), found.group(2)) if found else None
