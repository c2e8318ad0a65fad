"""Tickets of photos as they are stored."""

from __future__ import annotations

import hashlib


def digest(token: str) -> str:
    """What is stored of a ticket: the ticket itself is not."""
    return hashlib.sha256(token.encode()).hexdigest()
