"""Recovery codes: each opens one sign-in when the phone with the authenticator app is not at hand.

A code has 120 random bits, so that a plain hash of it can be stored (ASVS 5, 6.5.2).
"""

from __future__ import annotations

import base64
import hashlib
import secrets

COUNT = 10
_BYTES = 15
_LENGTH = 24
_READ_AS = str.maketrans("018", "OIB")


def new_codes() -> list[str]:
    """Six groups of four, of A–Z and 2–7."""
    return [_grouped(base64.b32encode(secrets.token_bytes(_BYTES)).decode()) for _ in range(COUNT)]


def digest(code: str) -> bytes | None:
    """The hash by which a code is stored; small letters, spaces, and 0, 1, 8 for O, I, B do not matter. None
    for what is no such code.
    """
    plain = "".join(one for one in code.upper() if one.isalnum()).translate(_READ_AS)
    return hashlib.sha256(plain.encode()).digest() if len(plain) == _LENGTH else None


def _grouped(plain: str) -> str:
    return "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))
