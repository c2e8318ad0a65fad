"""The lease of a role as a part of its process: the first to start and the last to stop (decision 0245).

A second process of the same role refuses to start. A database that is away keeps nobody from starting: the
lease is taken when it is back, by who had it before first, and who finds it taken then ends.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterable
from typing import Final

from core.log import logger
from core.tasks import Tasks
from gateway.leases.file import FileLease
from gateway.leases.model import LeaseUnknown, RoleAlreadyRuns, RoleHolder, RoleLease
from gateway.leases.postgres import PostgresLease
from gateway.settings import ROLES, RoleName, Settings

_log = logger("gateway")

PATIENCE_S: Final = 5.0
"""How long a start waits for the lease: its former holder may still be stopping."""
LOOKS_AGAIN_S: Final = 0.25
WATCH_S: Final = 2.0
NEWCOMER_S: Final = 10.0
"""After an outage who has never had the lease lets who had it take it first."""


def lease_of(settings: Settings, role: RoleName) -> RoleLease | None:
    """None where there is nothing to lock: a database in memory."""
    if role == "speech":
        # It touches no database; two of one name would also share a spool.
        spool = settings.speech.spool.absolute()
        return FileLease(spool.with_name(f"{spool.name}.{settings.speech.node}.lock"))
    file = settings.storage.file()
    if file is not None:
        return FileLease(file.absolute().with_name(f"{file.name}.{role}.lock"))
    if settings.storage.url.startswith("postgresql"):
        return PostgresLease(settings.storage, role, ROLES.index(role))
    return None


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
                    raise _refusal(role, holder)
                await asyncio.sleep(LOOKS_AGAIN_S)
        except LeaseUnknown as unknown:
            _log.info("who has the role is seen later", role=role, why=unknown.detail)
        finally:
            await lease.release()


def _refusal(role: RoleName, holder: RoleHolder) -> RoleAlreadyRuns:
    return RoleAlreadyRuns(
        f"the role {role} on this database is with {holder}",
        remedy="stop that one first, or give this one a database and a broker of its own",
    )


class LeasePart:
    """Health does not speak of it: without a lease the database is away, and says so itself."""

    name = "lease"

    def __init__(self, settings: Settings, role: RoleName) -> None:
        self._lease = lease_of(settings, role)
        self._role = role
        self._tasks = Tasks("lease")
        self._had = False

    async def start(self) -> None:
        if self._lease is None:
            return
        until = asyncio.get_running_loop().time() + PATIENCE_S
        try:
            while (holder := await self._lease.take()) is not None:
                if asyncio.get_running_loop().time() >= until:
                    raise _refusal(self._role, holder)
                await asyncio.sleep(LOOKS_AGAIN_S)
            self._had = True
        except LeaseUnknown as unknown:
            _log.warning("this role starts without its lease", role=self._role, why=unknown.detail)
        self._tasks.forever("watch", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()
        if self._lease is not None:
            await self._lease.release()

    async def _watch(self) -> None:
        assert self._lease is not None
        while True:
            await asyncio.sleep(WATCH_S)
            try:
                if not await self._lease.kept():
                    await self._retake(self._lease)
            except LeaseUnknown:
                continue

    async def _retake(self, lease: RoleLease) -> None:
        if not self._had:
            await lease.holder()  # raises while the database is away
            await asyncio.sleep(NEWCOMER_S)
        until = asyncio.get_running_loop().time() + PATIENCE_S
        while (holder := await lease.take()) is not None:
            if not holder.myself and asyncio.get_running_loop().time() >= until:
                _log.error(
                    "another process has this role: this one ends", role=self._role, holder=str(holder)
                )
                os.kill(os.getpid(), signal.SIGTERM)
                return
            await asyncio.sleep(LOOKS_AGAIN_S)
        self._had = True
        _log.info("the lease of this role is taken again", role=self._role)
