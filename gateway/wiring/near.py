"""Fills the sources of what is near a case: units and cameras."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cases.near.model import NearKind, NearThing
from core.actor import Actor
from core.place import Position, distance_m
from core.storage import Storage
from field import rights as field_rights
from field.dispatches import store as jobs
from field.units import store as units
from field.units.places import store as places
from sensing import rights as sensing_rights
from sensing.cameras.service import CameraRegister


class UnitsNear:
    """Units of the register with a known position, for who sees where they are."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def near(self, actor: Actor, place: Position, within_m: float, limit: int) -> Sequence[NearThing]:
        if not field_rights.SEE_PLACES.allows(actor):
            return ()
        async with self._storage.read() as connection:
            known = await places.all_places(connection)
            found = []
            for unit in await units.all_units(connection, await jobs.statuses(connection)):
                at = known.get(unit.unit_id)
                if at is None or unit.revoked_at is not None:
                    continue
                fix = at.fix
                metres = distance_m(place, Position(lon=fix.lon, lat=fix.lat, accuracy_m=1.0))
                if metres > within_m:
                    continue
                found.append(
                    NearThing(
                        kind=NearKind.UNIT, id=unit.unit_id, name=unit.name, metres=round(metres, 1),
                        lon=fix.lon, lat=fix.lat, state="online" if unit.online else "offline",
                        at=at.measured_at,
                    )
                )  # fmt: skip
        return sorted(found, key=lambda one: one.metres)[:limit]


class CamerasNear:
    """Cameras that see the place, for whom they are. The register is made after the cases are."""

    def __init__(self, register: Callable[[], CameraRegister]) -> None:
        self._register = register

    async def near(self, actor: Actor, place: Position, within_m: float, limit: int) -> Sequence[NearThing]:
        if not sensing_rights.SEE_CAMERAS.allows(actor):
            return ()
        return [
            NearThing(
                kind=NearKind.CAMERA, id=one.camera.code, name=one.camera.name, metres=one.metres or 0.0,
                lon=one.camera.lon, lat=one.camera.lat, state=one.condition.state.value,
            )
            for one in self._register().near(actor, place, limit)
            if (one.metres or 0.0) <= within_m
        ]  # fmt: skip
