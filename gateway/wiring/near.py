"""Fills the sources of what is near a case: units and cameras."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cases.near.model import NearKind, NearThing
from core.actor import Actor
from core.place import Position
from core.storage import Storage
from field.units.nearest.around import UnitsAround
from sensing import rights as sensing_rights
from sensing.cameras.service import CameraRegister


class UnitsNear:
    """Units of the register with a known position, for who sees where they are."""

    def __init__(self, storage: Storage) -> None:
        self._around = UnitsAround(storage)

    async def near(self, actor: Actor, place: Position, within_m: float, limit: int) -> Sequence[NearThing]:
        return [
            NearThing(
                kind=NearKind.UNIT, id=one.unit.unit_id, name=one.unit.name, metres=one.metres,
                lon=one.fix.lon, lat=one.fix.lat, state="online" if one.unit.online else "offline",
                at=one.measured_at,
            )
            for one in await self._around.near(actor, place, within_m, limit)
        ]  # fmt: skip


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
