"""The inspectors as they are now: who is on shift, and who is near a place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.place import Position, distance_m
from core.storage import Storage
from field.dispatches import store as job_store
from field.inspectors.model import INSPECTOR_SKILL, InspectorShift, ShiftPlan
from field.units import store
from field.units.model import Unit
from field.units.places import store as place_store


@dataclass(frozen=True, slots=True)
class InspectorNow:
    """`metres` from the place to the inspector's last position, None where one of the two is not known."""

    unit: Unit
    on_shift: bool
    since: datetime | None
    """When the shift began that he works now."""
    jobs: int = 0
    metres: float | None = None
    shifts: Sequence[InspectorShift] = ()


class Inspectors:
    """`hours` is how far the city's clock is ahead of UTC."""

    def __init__(self, storage: Storage, *, hours: float) -> None:
        self._storage = storage
        self._hours = hours
        self.plan = ShiftPlan(hours=hours)

    def use(self, shifts: Collection[InspectorShift]) -> None:
        """These shifts from now on."""
        self.plan = ShiftPlan(tuple(shifts), self._hours)

    async def near(self, place: Position | None) -> Sequence[InspectorNow]:
        """All that are not revoked, the nearest first; who has no position is last. Raises `StorageAway`."""
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            units = await store.all_units(connection, {})
            load = await job_store.load(connection)
            placed = await place_store.all_places(connection)
        found = []
        for unit in units:
            if INSPECTOR_SKILL not in unit.skills or unit.revoked_at is not None:
                continue
            at = placed.get(unit.unit_id)
            metres = None
            if place is not None and at is not None:
                fix = at.fix
                metres = distance_m(place, Position(lon=fix.lon, lat=fix.lat, accuracy_m=fix.accuracy_m))
            since = self.plan.began(unit.unit_id, now)
            shifts = self.plan.of(unit.unit_id)
            found.append(
                InspectorNow(unit, since is not None, since, load.get(unit.unit_id, 0), metres, shifts)
            )
        return sorted(found, key=_order)


def _order(one: InspectorNow) -> tuple[bool, float, int, str]:
    return one.metres is None, one.metres or 0.0, one.jobs, one.unit.unit_id
