"""Fills the port that names a department's people and units."""

from __future__ import annotations

from collections.abc import Sequence

from cases.assignments.model import Handler
from core.storage import Storage
from field.units.department import units_of_department
from identity.people.department import people_of_department


class StaffOfDepartments:
    """Fills `cases.assignments.ports.DepartmentStaff`: people of the identity and units of the register."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def handlers(self, department_id: str) -> Sequence[Handler]:
        people = await people_of_department(self._storage, department_id)
        units = await units_of_department(self._storage, department_id)
        return [
            *(Handler(one.id, one.name) for one in people),
            *(Handler(unit, name, is_unit=True, online=online) for unit, name, online in units),
        ]
