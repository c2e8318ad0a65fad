"""The port by which a room records in the audit trail what somebody did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from core.actor import Actor

if TYPE_CHECKING:
    from core.storage import Transaction


class Audit(Protocol):
    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Write down who did what to which thing: `subject` is its kind and id (`recording:<id>`). Raises
        `StorageAway`: what cannot be written down is not done.
        """
        ...


class TransactionAudit(Protocol):
    """For a change whose row commits with it, or neither does."""

    async def record_in(
        self, transaction: Transaction, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        """As `Audit.record`, in the transaction of the change."""
        ...
