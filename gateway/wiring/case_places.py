"""Reads a case's position and dispatches from the database, for the choice of a unit."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.dispatch import store as dispatches
from cases.errors import NoSuchCase
from cases.events import DispatchStep
from cases.life import store as case_store
from cases.life.model import Case
from core.place import Position
from core.storage import Storage
from field.units.nearest.service import CasePlace

UNSURE_M = 100.0
"""The accuracy of a case's place that came without one."""


class PlacesOfCases:
    """Fills `field.units.nearest.service.CasePlaces`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def of_case(self, name: str) -> CasePlace:
        async with self._storage.read() as connection:
            case = await self._find(connection, name)
            sent = (await dispatches.of_cases(connection, [case.case_id]))[case.case_id]
        place = None
        if case.lon is not None and case.lat is not None:
            place = Position(lon=case.lon, lat=case.lat, accuracy_m=case.accuracy_m or UNSURE_M)
        # Who is done with it may be sent again; who has it, declined it or lost it is not offered.
        has_it = frozenset(one.unit_id for one in sent if one.step is not DispatchStep.DONE)
        return CasePlace(case.category, place, has_it)

    async def known(self, name: str) -> Case | None:
        """By number, short code or id; None for an id of something else. Raises `NoSuchCase`."""
        async with self._storage.read() as connection:
            try:
                return await self._find(connection, name)
            except NoSuchCase:
                if _id(name) is None:
                    raise
                return None

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
