"""Who may be given a department's case: its active people and the units that belong to it."""

from __future__ import annotations

from datetime import UTC, datetime

from core.actor import Role
from core.scopes import Scopes
from core.storage import Storage
from field.units import store as unit_store
from field.units.model import Unit
from gateway.wiring.department_staff import StaffOfDepartments
from identity import store as people
from identity.model import User

NOW = datetime(2026, 11, 30, 1, tzinfo=UTC)
DRAINAGE, GREENING = "drainage", "greening"


def user(name: str, *departments: str, role: Role = Role.DEPARTMENT, active: bool = True) -> User:
    scopes = Scopes(departments=frozenset(departments))
    return User(
        id=name, name=name.title(), roles=frozenset({role}), language="zh", endpoint=None, active=active,
        scopes=scopes,
    )  # fmt: skip


async def test_its_active_people_and_its_units_that_may_sign_in(any_storage: Storage) -> None:
    async with any_storage.write() as transaction:
        for one in (
            user("sun", DRAINAGE), user("ma", DRAINAGE, GREENING), user("he", GREENING),
            user("gone", DRAINAGE, active=False), user("nobody"),
            user("zhao", DRAINAGE, role=Role.DISPATCHER),
        ):  # fmt: skip
            await people.add_user(transaction.connection, one, "hash", NOW)
        for unit, department in (
            ("app:1", DRAINAGE),
            ("app:2", GREENING),
            ("app:3", ""),
            ("app:4", DRAINAGE),
        ):
            new = Unit(unit, f"Crew {unit[-1]}", department=department)
            await unit_store.add(transaction, new, at=NOW, by="root")
        await unit_store.revoke(transaction, "app:4", at=NOW, by="root")
    staff = StaffOfDepartments(any_storage)
    found = await staff.handlers(DRAINAGE)
    assert [(one.handler_id, one.name, one.is_unit) for one in found] == [
        ("ma", "Ma", False), ("sun", "Sun", False), ("app:1", "Crew 1", True),
    ]  # fmt: skip
    assert await staff.handlers("unknown") == []
