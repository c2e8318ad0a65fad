"""Who acts on the command line, and where it is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.actor import Actor, Role
from gateway.machine_user import machine_user

if TYPE_CHECKING:
    from core.storage import Storage
    from gateway.settings import Settings
    from identity.audit.service import AuditTrail


def operator() -> Actor:
    """Whoever may read the settings and the database of this machine."""
    return Actor(f"cli:{machine_user()}"[:64], "command line", frozenset({Role.SUPERVISOR, Role.ADMIN}))


def audit_trail(storage: Storage, settings: Settings) -> AuditTrail:
    # Imported here: not every command that has an operator writes into the trail.
    from identity.service import IdentityService  # noqa: PLC0415

    return IdentityService(storage, settings.identity).audit
