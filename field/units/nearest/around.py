"""Units around a place, with the time of their position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.actor import Actor
from core.place import Position, distance_m
from core.storage import Storage
from field import rights
from field.dispatches import store as job_store
from field.units import store
from field.units.model import Unit
from field.units.places import store as place_store
from field.units.places.model import PositionFix


@dataclass(frozen=True, slots=True)
class UnitAround:
    """`metres` to the place."""

    unit: Unit
    fix: PositionFix
    metres: float
    measured_at: datetime


class UnitsAround:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def near(self, actor: Actor, place: Position, within_m: float, limit: int) -> Sequence[UnitAround]:
        """The nearest first; nothing for who does not see where units are. Raises `StorageAway`."""
        if not rights.SEE_PLACES.allows(actor):
            return ()
        found = []
        async with self._storage.read() as connection:
            known = await place_store.all_places(connection)
            for unit in await store.all_units(connection, await job_store.statuses(connection)):
                at = known.get(unit.unit_id)
                if at is None or unit.revoked_at is not None:
                    continue
                metres = distance_m(place, Position(lon=at.fix.lon, lat=at.fix.lat, accuracy_m=1.0))
                if metres <= within_m:
                    found.append(UnitAround(unit, at.fix, round(metres, 1), at.measured_at))
        return sorted(found, key=lambda one: (one.metres, one.unit.unit_id))[:limit]
