"""Ports of calls to radio systems."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID


class RadioCallSwitch(Protocol):
    async def call(self, endpoint: str, user: str, *, host: str, port: int, leg: UUID) -> None:
        """Call it once; when it answers, bring the call's sound there. Raises `core.errors.SonghuaError`."""
        ...

    async def end(self, leg: UUID) -> None:
        """End the call that was made for it, if there is one. Raises `core.errors.SonghuaError`."""
        ...
