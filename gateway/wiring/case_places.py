"""Fills field units' ports to the cases: where a case is, and whether it is open."""

from __future__ import annotations

from cases.dispatch.whereabouts import CaseLookup
from field.units.nearest.service import CasePlace


class PlacesOfCases:
    """Fills `field.units.nearest.service.CasePlaces`."""

    def __init__(self, cases: CaseLookup) -> None:
        self._cases = cases

    async def of_case(self, name: str) -> CasePlace:
        found = await self._cases.whereabouts(name)
        return CasePlace(found.category, found.place, found.has_it, found.invented)
