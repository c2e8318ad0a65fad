"""The register of units: who there is, and how a new one gets its account at the broker."""

from __future__ import annotations

from collections.abc import Sequence

from core.actor import Actor
from core.bus import Bus
from core.storage import Storage
from radio_bridge.dispatches import store as job_store
from radio_bridge.errors import UnknownUnit
from radio_bridge.events import UnitChanged
from radio_bridge.ports import Accounts
from radio_bridge.units import store
from radio_bridge.units.model import Unit, check_uid


class UnitRegister:
    """Reads anywhere; only the role that holds the broker's account of `centre` can create."""

    def __init__(self, storage: Storage, bus: Bus, accounts: Accounts) -> None:
        self._storage = storage
        self._bus = bus
        self._accounts = accounts

    async def units(self) -> Sequence[Unit]:
        async with self._storage.read() as connection:
            return await store.all_units(connection, await job_store.statuses(connection))

    async def find(self, unit_id: str) -> Unit:
        """Raises `UnknownUnit`."""
        async with self._storage.read() as connection:
            unit = await store.find(connection, unit_id)
        if unit is None:
            raise UnknownUnit(unit_id, remedy="see GET /api/units")
        return unit

    async def create(self, unit: Unit, actor: Actor) -> str:
        """Add the unit and return its password, which is kept nowhere here and told once.

        Raises `Invalid`, `UnitExists`, or `Unavailable` when the broker is away (then nothing was added).
        """
        check_uid(unit.unit_id)
        async with self._storage.write() as transaction:
            await store.add(transaction, unit, at=self._storage.clock.now(), by=actor.id)
            # Inside: without an account there is no unit. An account without a unit can only be unheard.
            password = await self._accounts.issue(unit.unit_id)
        self._bus.publish(UnitChanged(unit_id=unit.unit_id, name=unit.name, online=False, status=unit.status))
        return password

    async def renew(self, unit_id: str) -> str:
        """A new password for the unit; the old one is void at once. Raises `UnknownUnit`, `Unavailable`."""
        await self.find(unit_id)
        return await self._accounts.issue(unit_id)
