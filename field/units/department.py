"""The units that belong to a department."""

from __future__ import annotations

from core.storage import Storage
from field.units import store


async def units_of_department(storage: Storage, department_id: str) -> list[tuple[str, str, bool]]:
    """Id, name and whether it is online of each that may sign in, by name. May raise `StorageAway`."""
    async with storage.read() as connection:
        return await store.of_department(connection, department_id)
