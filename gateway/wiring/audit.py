"""Fills the audit ports of rooms with the audit trail of `identity`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.actor import Actor
from identity.service import IdentityService


class AuditPort:
    """Fills `cdr.ports.Audit`, `core.views.Views`, and the ports of rooms that only record."""

    def __init__(self, identity: IdentityService) -> None:
        self._identity = identity

    async def record(self, actor: Actor, action: str, subject: str) -> None:
        await self._identity.record(actor, action, subject)

    async def viewed(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        await self._identity.audit.viewed(actor, action, subject, detail)
