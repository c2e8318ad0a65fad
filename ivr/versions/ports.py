"""Ports of changing flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from core.actor import Actor


class Audit(Protocol):
    async def record(self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """Write down who did what. Raises when that is impossible."""
        ...
