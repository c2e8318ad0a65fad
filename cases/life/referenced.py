"""Cases as other rooms refer to them: by number or id, for a person who sees them."""

from __future__ import annotations

from uuid import UUID

from cases import rights
from cases.errors import NoSuchCase
from cases.life import store
from cases.life.model import Case, position_of
from cases.privacy import require_case
from core.actor import Actor
from core.place import Position
from core.storage import Storage


class ReferencedCases:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def by_number(self, actor: Actor, number: str) -> Case:
        """The case with this number, not by its spoken code. Raises `Forbidden`, `NoSuchCase`, `OutOfScope`,
        `NotYourCase`.
        """
        rights.SEE_CASES.check(actor)
        async with self._storage.read() as connection:
            case = await store.by_code_or_number(connection, number)
        if case is None or case.number != number:
            raise NoSuchCase(remedy="give the number of a case, with all its digits")
        require_case(actor, case)
        return case

    async def place_of(self, actor: Actor, case_id: UUID) -> tuple[Position | None, bool]:
        """Where the case is, and whether nobody has measured that. Raises as `seen`."""
        case = await self.seen(actor, case_id)
        return position_of(case.lon, case.lat, case.accuracy_m), case.invented

    async def seen(self, actor: Actor, case_id: UUID) -> Case:
        """The case, for who sees all of it. Raises as `by_number`."""
        rights.SEE_CASES.check(actor)
        async with self._storage.read() as connection:
            case = await store.get(connection, case_id)
        require_case(actor, case)
        return case
