"""E-mail addresses as reporters give them. Pure."""

from __future__ import annotations

import re
from typing import Final

MOST_MAIL_ADDRESS: Final = 254
"""RFC 5321, 4.5.3.1.3, without the angle brackets."""
_ADDRESS: Final = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
"""What a browser's field for an address takes (HTML 4.10.5.1.5), with a domain of two parts at least."""


def mail_address(text: str) -> str:
    """The address in small letters, as it is kept and compared; empty for what is none."""
    address = text.strip().lower()
    return address if len(address) <= MOST_MAIL_ADDRESS and _ADDRESS.fullmatch(address) else ""


def masked_address(address: str) -> str:
    """`w***@e***.org`, at most 24 characters: its owner knows it, and nobody else learns whose it is."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}***@{domain[:1]}***.{domain.rpartition('.')[2]}"[:24] if domain else ""
