"""The audit of accesses, kept by the room `identity`."""

from __future__ import annotations

from core.actor import Actor
from identity.service import Identity


class AuditTrail:
    """Fills `cdr.ports.Audit`."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    async def record(self, actor: Actor, action: str, subject: str) -> None:
        await self._identity.record(actor, action, subject)
