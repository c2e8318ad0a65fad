"""Number plates: shown masked, compared by a keyed digest, and stored sealed where a key is set. Pure."""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BETWEEN: Final = "·・.-"
_NONCE: Final = 12
HIDDEN: Final = "***"
SHORTEST: Final = 4
"""Signs of what is looked for in texts."""


def plain_plate(text: str) -> str:
    """In one way of writing: capitals without spaces and dots."""
    return "".join(sign for _, sign in _signs(unicodedata.normalize("NFKC", text)))


def masked_plate(plate: str) -> str:
    """`黑A***45`: province and letter, and the last two; of a short one nothing."""
    return plate[:2] + HIDDEN + plate[-2:] if len(plate) >= 6 else HIDDEN if plate else ""


def without_plate(text: str, plate: str) -> str:
    """The text with the plate masked, however it is spaced there."""
    if len(plate) < SHORTEST:
        return text
    normal = unicodedata.normalize("NFKC", text)
    signs = _signs(normal)
    closed = "".join(sign for _, sign in signs)
    parts, told, at = [], 0, closed.find(plate)
    while at >= 0:
        parts += [normal[told : signs[at][0]], masked_plate(plate)]
        told = signs[at + len(plate) - 1][0] + 1
        at = closed.find(plate, at + len(plate))
    return "".join([*parts, normal[told:]])


def _signs(text: str) -> list[tuple[int, str]]:
    """Each sign that is not between others of a plate, as a capital, with its place in the text."""
    capitals = ((at, sign, sign.upper()) for at, sign in enumerate(text))
    return [
        (at, capital if len(capital) == 1 else sign)
        for at, sign, capital in capitals
        if sign not in BETWEEN and not sign.isspace()
    ]


def plate_digest(key: bytes, plate: str) -> str:
    """The same for the same plate; without the key it tells nothing. Empty for no plate."""
    return hmac.new(key, b"plate\n" + plate.encode(), hashlib.sha256).hexdigest() if plate else ""


class PlateSeal:
    """Seals plates with a key that is derived from `key`."""

    def __init__(self, key: str) -> None:
        self._cipher = AESGCM(hmac.new(key.encode(), b"songhua plates 1", hashlib.sha256).digest())

    def seal(self, event_id: UUID, plate: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plate.encode(), event_id.bytes)

    def open(self, event_id: UUID, sealed: bytes) -> str | None:
        """None for what was sealed with another key."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], event_id.bytes).decode()
        except (InvalidTag, ValueError):
            return None
