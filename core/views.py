"""The port by which a room records in the audit trail who viewed what beyond the own work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from core.actor import Actor


class Views(Protocol):
    async def viewed(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Write down that somebody sees this now; the same look again within minutes is one. Raises when it
        cannot be written down: then nothing is shown. `detail` holds no number and no words of a caller.
        """
        ...
