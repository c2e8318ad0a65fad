"""Which lease each role has, and the look at it before a service starts. The supervisor loads it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from typing import Final

from core.log import logger
from gateway.leases.file import FileLease
from gateway.leases.model import LeaseUnknown, RoleAlreadyRuns, RoleHolder, RoleLease
from gateway.leases.postgres import PostgresLease
from gateway.settings import ROLES, RoleName, Settings

_log = logger("gateway")

PATIENCE_S: Final = 5.0
"""How long a start waits for the lease: its former holder may still be stopping."""
LOOKS_AGAIN_S: Final = 0.1
_SWITCHES: Final = 0x4000_0000
"""Numbers of switches' leases begin here; below are those of roles."""


def lease_of(settings: Settings, role: RoleName) -> RoleLease | None:
    """None where there is nothing to lock: a database in memory. A centre that does not lead has its switch's
    alone.
    """
    if role == "speech":
        # It touches no database; two of one name would also share a spool.
        spool = settings.speech.spool.absolute()
        return FileLease(spool.with_name(f"{spool.name}.{settings.speech.node}.lock"))
    file = settings.storage.file()
    if file is not None:
        return FileLease(file.absolute().with_name(f"{file.name}.{role}.lock"))
    if not settings.storage.url.startswith("postgresql"):
        return None
    if role == "centre" and not settings.switch.leads:
        return switch_lease_of(settings)
    return PostgresLease(settings.storage, role, ROLES.index(role))


def switch_lease_of(settings: Settings) -> RoleLease | None:
    """The lease of a switch by its `systemname`: two centres of one name would give calls the same ids. None
    where the database is SQLite, which one machine has.
    """
    if not settings.storage.url.startswith("postgresql"):
        return None
    digest = hashlib.sha256(settings.system_name.encode()).digest()
    number = _SWITCHES | int.from_bytes(digest[:4], "big") >> 2
    return PostgresLease(settings.storage, "centre", number)


async def refuse_second(settings: Settings, roles: Iterable[RoleName]) -> None:
    """Raises `RoleAlreadyRuns` where another process has one of these roles, after a little patience."""
    until = asyncio.get_running_loop().time() + PATIENCE_S
    for role in roles:
        lease = lease_of(settings, role)
        if lease is None:
            continue
        try:
            while (holder := await lease.holder()) is not None:
                if asyncio.get_running_loop().time() >= until:
                    raise refusal(role, holder)
                await asyncio.sleep(LOOKS_AGAIN_S)
        except LeaseUnknown as unknown:
            _log.info("who has the role is seen later", role=role, why=unknown.detail)
        finally:
            await lease.release()


def refusal(role: RoleName, holder: RoleHolder) -> RoleAlreadyRuns:
    return RoleAlreadyRuns(
        f"the role {role} on this database is with {holder}",
        remedy="stop that one first, or give this one a database and a broker of its own",
    )
