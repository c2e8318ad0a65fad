"""The lease of a role as a part of its process: the first to start and the last to stop (decision 0245).

A second process of the same role refuses to start, or stands by where it is told to. A database that is away
keeps nobody from starting but who stands by: the lease is taken when it is back, by who had it before first,
and who finds it taken then ends.
"""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Final

from core.log import logger
from core.tasks import Tasks
from gateway.leases import roles
from gateway.leases.model import LeaseUnknown, RoleLease
from gateway.leases.roles import lease_of, refusal, switch_lease_of
from gateway.settings import RoleName, Settings

_log = logger("gateway")

WATCH_S: Final = 2.0
STANDS_BY_S: Final = 1.0
"""How often who stands by looks whether the role is free."""
NEWCOMER_S: Final = 10.0
"""After an outage who has never had the lease lets who had it take it first."""


class LeasePart:
    """Health does not speak of it: without a lease the database is away, and says so itself."""

    name = "lease"

    def __init__(self, settings: Settings, role: RoleName, lease: RoleLease | None = None) -> None:
        """`lease`: another one than the role's."""
        self._lease = lease or lease_of(settings, role)
        self._role = role
        self._tasks = Tasks("lease")
        self._had = False

    async def start(self) -> None:
        if self._lease is None:
            return
        until = asyncio.get_running_loop().time() + roles.PATIENCE_S
        try:
            while (holder := await self._lease.take()) is not None:
                if asyncio.get_running_loop().time() >= until:
                    raise refusal(self._role, holder)
                await asyncio.sleep(roles.LOOKS_AGAIN_S)
            self._had = True
        except LeaseUnknown as unknown:
            _log.warning("this role starts without its lease", role=self._role, why=unknown.detail)
        self._tasks.forever("watch", self._watch)

    async def turn(self) -> None:
        """Return when the lease is ours: at once where nobody has it. A database that is away is waited for;
        who had the lease before it went takes it first.
        """
        if self._lease is None:
            return
        away = False
        while True:
            try:
                if away:
                    await self._lease.holder()  # raises while it is away
                    away = False
                    await asyncio.sleep(NEWCOMER_S)
                if await self._lease.take() is None:
                    self._had = True
                    return
            except LeaseUnknown:
                away = True
            await asyncio.sleep(STANDS_BY_S)

    def taken_over(self) -> None:
        """Another process of this role has our name at the broker: we end, unless the lease is ours still. So
        who was cut off from the database alone does not go on beside the one that stood by.
        """
        self._tasks.spawn("taken-over", self._leave_unless_kept)

    async def _leave_unless_kept(self) -> None:
        if self._lease is None or await self._lease.kept():
            return
        _log.error("another process took this role over: this one ends", role=self._role)
        os.kill(os.getpid(), signal.SIGTERM)

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
        until = asyncio.get_running_loop().time() + roles.PATIENCE_S
        while (holder := await lease.take()) is not None:
            if not holder.myself and asyncio.get_running_loop().time() >= until:
                _log.error(
                    "another process has this role: this one ends", role=self._role, holder=str(holder)
                )
                os.kill(os.getpid(), signal.SIGTERM)
                return
            await asyncio.sleep(roles.LOOKS_AGAIN_S)
        self._had = True
        _log.info("the lease of this role is taken again", role=self._role)


def switch_leases(settings: Settings) -> list[LeasePart]:
    """Beside the role's own: the lease of the switch, of the centre that leads others."""
    if not (settings.switch.leads and settings.switch.beside):
        return []
    return [LeasePart(settings, "centre", switch_lease_of(settings))]
