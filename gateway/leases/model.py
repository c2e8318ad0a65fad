"""A lease of a role, and who holds it."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from core.errors import SonghuaError


class RoleAlreadyRuns(SonghuaError):
    kind = "role-already-runs"
    title = "Another process has this role"


class LeaseUnknown(SonghuaError):
    """Whoever keeps the leases cannot be asked now."""

    kind = "lease-unknown"
    title = "It cannot be seen who has this role"


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """The process that has a role, `since` when (UTC)."""

    host: str
    pid: int
    since: datetime

    def __str__(self) -> str:
        return f"pid {self.pid} on {self.host} since {self.since:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def myself(self) -> bool:
        return (self.host, self.pid) == (socket.gethostname(), os.getpid())


def this_process() -> RoleHolder:
    return RoleHolder(socket.gethostname(), os.getpid(), datetime.now(UTC))


class RoleLease(Protocol):
    """The lock of one role. Every method raises `LeaseUnknown` where it cannot be asked for."""

    async def take(self) -> RoleHolder | None:
        """None: it is ours now. Else who has it."""
        ...

    async def kept(self) -> bool:
        """Whether it is still ours."""
        ...

    async def holder(self) -> RoleHolder | None:
        """Who has it; nothing is taken."""
        ...

    async def release(self) -> None:
        """Give it back; safe to call twice."""
        ...
