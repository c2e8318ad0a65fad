"""Where a case is and who has it already: what the choice of a unit begins with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.dispatch import store as dispatches
from cases.drafting import store as drafts
from cases.errors import NoSuchCase, NoSuchDispatch
from cases.events import DispatchStep
from cases.life import store as case_store
from cases.life.model import OPEN, Case, position_of
from cases.tables import cases
from cases.verification import store as verifications
from core.place import Position
from core.storage import Storage


@dataclass(frozen=True, slots=True)
class CaseWhereabouts:
    """`category` is `scheme@version/code`. `has_it` are units that are not offered: who has the case,
    declined it or lost it. Who is done with it may be sent again.
    """

    category: str
    place: Position | None
    has_it: frozenset[str]
    invented: bool = False
    """Nobody has measured the place."""


class CaseLookup:
    """Reads cases by number, short code or id, for who has none but the database."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def whereabouts(self, name: str) -> CaseWhereabouts:
        """Raises `NoSuchCase`, `StorageAway`."""
        async with self._storage.read() as connection:
            case = await self._find(connection, name)
            sent = (await dispatches.of_cases(connection, [case.case_id]))[case.case_id]
        place = position_of(case.lon, case.lat, case.accuracy_m)
        has_it = frozenset(one.unit_id for one in sent if one.step is not DispatchStep.DONE)
        return CaseWhereabouts(case.category, place, has_it, case.invented)

    async def known(self, name: str) -> Case | None:
        """None for an id of something else. Raises `NoSuchCase`, `StorageAway`."""
        async with self._storage.read() as connection:
            try:
                return await self._find(connection, name)
            except NoSuchCase:
                if _id(name) is None:
                    raise
                return None

    async def is_open(self, case_id: UUID) -> bool:
        """False for a case that is over, and for one that there is not. Raises `StorageAway`."""
        async with self._storage.read() as connection:
            try:
                return (await case_store.get(connection, case_id)).state in OPEN
            except NoSuchCase:
                return False

    async def case_of(self, dispatch_id: UUID) -> UUID | None:
        """Which case a dispatch, a verification task or an inspector's report is of; None for one that
        nobody knows, and where the draft is not filed. Raises `StorageAway`.
        """
        async with self._storage.read() as connection:
            try:
                return (await dispatches.get(connection, dispatch_id)).case_id
            except NoSuchDispatch:
                task = await verifications.case_of(connection, dispatch_id)
                return task or await drafts.case_of(connection, dispatch_id)

    async def districts_of(self, case_ids: Collection[UUID]) -> Mapping[UUID, str | None]:
        """In which district each of these cases is; those that nobody knows are left out. Raises
        `StorageAway`.
        """
        if not case_ids:
            return {}
        wanted = select(cases.c.case_id, cases.c.district).where(cases.c.case_id.in_(list(case_ids)))
        async with self._storage.read() as connection:
            return {row.case_id: row.district for row in await connection.execute(wanted)}

    async def _find(self, connection: AsyncConnection, name: str) -> Case:
        case_id = _id(name)
        if case_id is not None:
            return await case_store.get(connection, case_id)
        case = await case_store.by_code_or_number(connection, name)
        if case is None:
            raise NoSuchCase("no case has this number", remedy="see GET /api/cases")
        return case


def _id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
