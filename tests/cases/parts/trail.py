"""An audit trail that remembers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.actor import Actor
from core.storage import Transaction


class RememberedTrail:
    """Fills `core.audit.TransactionAudit`."""

    def __init__(self) -> None:
        self.actions: list[tuple[str, str, str]] = []

    async def record_in(
        self, transaction: Transaction, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        assert transaction.connection is not None
        assert detail
        self.actions.append((actor.id, action, subject))
