"""What the room of identities needs from outside."""

from __future__ import annotations

from dataclasses import dataclass

from core.storage import Storage


@dataclass(frozen=True, slots=True)
class IdentityPorts:
    storage: Storage
