"""Tells the broker which unit may follow which talkgroup's floor; in the role `centre`, which has that right.

What the broker has already is not written again. While it is away, it is told later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from core.errors import Unavailable
from core.log import logger
from core.metrics import counter
from core.tasks import Tasks
from radio_bridge.floor.members import RegisterMembership

_log = logger("radio_bridge")
_told = counter("radio_bridge_read_permissions_set", "Units whose talkgroups were told to the broker anew")

AGAIN_S: Final = 10.0
TURN: Final = 20
"""Units that are looked at in one go."""


class ReadPermissions(Protocol):
    async def let_hear(self, uid: str, talkgroups: Sequence[str], *, devices: Sequence[str] = ()) -> bool:
        """Whether it was news to the broker. Raises `Unavailable`."""
        ...


class ReadPermissionSync:
    """A part of the process. `told` is what the broker is known to have."""

    name = "floor-hearing"

    def __init__(self, membership: RegisterMembership, accounts: ReadPermissions) -> None:
        self._membership = membership
        self._accounts = accounts
        self._told: dict[str, tuple[Sequence[str], Sequence[str]]] = {}
        self._wake = asyncio.Event()
        self._tasks = Tasks("floor-hearing")
        membership.on_change(self._wake.set)

    async def start(self) -> None:
        self._tasks.forever("tell", self._run)

    async def stop(self) -> None:
        await self._tasks.stop()

    async def connected(self) -> None:
        """The broker is there again, perhaps from an old copy: it is asked what it has, and told the rest."""
        self._told.clear()
        self._wake.set()

    async def tell(self) -> int:
        """Tell what is different; of how many units it was. Raises `Unavailable`: the rest is told later."""
        units = self._membership.units()
        for gone in [unit_id for unit_id in self._told if unit_id not in units]:
            del self._told[gone]
        news = 0
        for number, unit_id in enumerate(units):
            if number % TURN == 0:
                # A whole city's units are many: calls and desks have their turn in between.
                await asyncio.sleep(0)
            has = (self._membership.hears(unit_id), self._membership.devices_of(unit_id))
            if self._told.get(unit_id) == has:
                continue
            if await self._accounts.let_hear(unit_id, has[0], devices=has[1]):
                news += 1
                _told.inc()
            self._told[unit_id] = has
        return news

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            again: float | None = None
            try:
                await self.tell()
            except Unavailable as error:
                again = AGAIN_S
                _log.info("talkgroups of units are told to the broker later", error=error.kind)
            try:
                async with asyncio.timeout(again):
                    await self._wake.wait()
            except TimeoutError:
                continue
