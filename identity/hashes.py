"""Hashes of secrets that the service generated: they are long and random, so one SHA-256 is enough."""

from __future__ import annotations

import hashlib


def hash_token(token: str) -> bytes:
    """What is stored of a random secret: SHA-256, which is enough for 128 bits and more."""
    return hashlib.sha256(token.encode()).digest()
