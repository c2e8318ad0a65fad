"""What each kind of network must do for units, and what it may tell the room."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol
from uuid import UUID

from core.room import Health
from radio_bridge.dispatches.model import Job, Report


class UnitSink(Protocol):
    """What a driver hands to the room. Each returns after commit; the driver acknowledges afterwards.

    Each may be called again with the same message: the room applies it once.
    """

    async def report(self, report: Report) -> None: ...

    async def hello(self, unit_id: str, last_seq: int) -> None: ...

    async def presence(self, unit_id: str, *, online: bool) -> None: ...


class UnitDriver(Protocol):
    """Ways to a unit. True: the network holds it for the unit. False: the unit is not there.

    Raises `core.errors.Unavailable` when the network itself is away: it is asked again later.
    """

    @property
    def network(self) -> str:
        """First part of the names of its units, for example `app`."""
        ...

    def attach(self, sink: UnitSink, on_up: Callable[[], Awaitable[None]]) -> None:
        """Where to hand things to, and whom to call when the network is there again. Before it starts."""
        ...

    async def send_job(self, job: Job) -> bool: ...

    async def send_recall(self, job: Job) -> bool: ...

    async def send_receipt(self, unit_id: str, of: UUID, seq: int) -> bool: ...

    async def send_open_jobs(
        self, unit_id: str, jobs: Sequence[Job], seq: int, *, complete: bool
    ) -> bool: ...

    def health(self) -> Health: ...
