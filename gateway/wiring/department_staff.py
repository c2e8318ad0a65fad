"""Fills the port that names a department's people and units."""

from __future__ import annotations

from collections.abc import Sequence

from cases.assignments.model import Handler
from core.actor import Role
from core.storage import Storage
from field.units.store import of_department
from identity.store import all_users


class StaffOfDepartments:
    """Fills `cases.assignments.ports.DepartmentStaff`: active users whose scope names the department, and
    the units of the register that belong to it.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def handlers(self, department_id: str) -> Sequence[Handler]:
        async with self._storage.read() as connection:
            people = await all_users(connection)
            units = await of_department(connection, department_id)
        own = [
            Handler(one.id, one.name)
            for one in sorted(people, key=lambda user: user.name)
            if one.active and Role.DEPARTMENT in one.roles and department_id in one.scopes.departments
        ]
        return [*own, *(Handler(unit, name, is_unit=True, online=online) for unit, name, online in units)]
