"""Who works for a department."""

from __future__ import annotations

from core.actor import Role
from core.storage import Storage
from identity import store
from identity.model import User


async def people_of_department(storage: Storage, department_id: str) -> list[User]:
    """Active users with the role whose scope names the department, by name. May raise `StorageAway`."""
    async with storage.read() as connection:
        people = await store.all_users(connection)
    return [
        one
        for one in sorted(people, key=lambda user: user.name)
        if one.active and Role.DEPARTMENT in one.roles and department_id in one.scopes.departments
    ]
