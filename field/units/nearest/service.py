"""The units to offer for a case, from the tables as they are now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from core.actor import Actor
from core.clock import Clock
from core.place import Position
from core.storage import Storage
from field import rights
from field.dispatches import store as job_store
from field.units import store
from field.units.nearest.rank import RankedUnit, RankingRequest, UnitSnapshot, rank
from field.units.places import store as place_store

MOST: int = 50
OFFERED = 3
"""Units that come with the word that a dispatch is overdue."""


@dataclass(frozen=True, slots=True)
class CasePlace:
    """What the ranking must know of a case: its category code, where it is, which units have it or had it."""

    category: str
    place: Position | None = None
    has_it: frozenset[str] = frozenset()
    invented: bool = False
    """Nobody has measured the place."""


class CasePlaces(Protocol):
    async def of_case(self, name: str) -> CasePlace:
        """By id, number or spoken code. Raises `core.errors.NotFound`."""
        ...


def skills_for(category: str, table: Mapping[str, Collection[str]]) -> frozenset[str]:
    """The skills that a case of this category asks for: those of the longest beginning of its code that the
    table has. `category` is `scheme@version/code`; the table may name either.
    """
    code = category.rpartition("/")[2]
    fits = [key for key in table if key and (code.startswith(key) or category.startswith(key))]
    return frozenset(table[max(fits, key=len)]) if fits else frozenset()


async def ranked(
    connection: AsyncConnection, clock: Clock, asked: RankingRequest, *, most: int = MOST
) -> Sequence[RankedUnit]:
    """The best first."""
    statuses = await job_store.statuses(connection)
    load = await job_store.load(connection)
    places = await place_store.all_places(connection)
    seen = [
        UnitSnapshot(unit, places.get(unit.unit_id), load.get(unit.unit_id, 0))
        for unit in await store.all_units(connection, statuses)
    ]
    return rank(asked, seen, clock.now(), most=most)


class NearestUnits:
    """For dispatchers: where crews are is personal."""

    def __init__(self, storage: Storage, cases: CasePlaces, skills: Mapping[str, Collection[str]]) -> None:
        self._storage = storage
        self._cases = cases
        self._skills = skills

    async def of_case(
        self, actor: Actor, name: str, *, skills: Collection[str] | None = None, most: int = 10
    ) -> Sequence[RankedUnit]:
        """`skills` instead of those that the category asks for. Raises `Forbidden`, `NotFound`."""
        rights.SEE_PLACES.check(actor)
        case = await self._cases.of_case(name)
        wanted = skills_for(case.category, self._skills) if skills is None else frozenset(skills)
        async with self._storage.read() as connection:
            return await ranked(
                connection,
                self._storage.clock,
                RankingRequest(case.place, wanted, case.has_it, case.invented),
                most=most,
            )
