"""Fills the ports of cameras: the case that a picture is for, and the store of cases' photos."""

from __future__ import annotations

from uuid import UUID

from cases.life.referenced import ReferencedCases
from cases.ports import CameraPair, PairedPicture
from core.actor import Actor
from core.storage import Storage
from field.photos.centre.departments import DepartmentPhotos
from sensing.ports import KeptPicture, SnapshotCase
from sensing.snapshots import store
from sensing.snapshots.store import CameraSnapshot, SnapshotMoment


class CasesOfCameras:
    """Fills `sensing.ports.CasesOfSnapshots`."""

    def __init__(self, storage: Storage) -> None:
        self._cases = ReferencedCases(storage)
        self.place_of = self._cases.place_of

    async def by_number(self, actor: Actor, number: str) -> SnapshotCase:
        case = await self._cases.by_number(actor, number)
        return SnapshotCase(case.case_id, case.number)

    async def require(self, actor: Actor, case_id: UUID) -> None:
        await self._cases.seen(actor, case_id)


class PairsOfCameras:
    """Fills `cases.ports.CameraPairs`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def of_case(self, case_id: UUID) -> CameraPair | None:
        async with self._storage.read() as connection:
            found = await store.marked(connection, case_id)
        before, after = found.get(SnapshotMoment.BEFORE), found.get(SnapshotMoment.AFTER)
        return None if before is None or after is None else CameraPair(_paired(before), _paired(after))


def _paired(one: CameraSnapshot) -> PairedPicture:
    return PairedPicture(one.snapshot_id, one.code, one.taken_at)


class PhotosOfCameras:
    """Fills `sensing.ports.SnapshotPhotos`."""

    def __init__(self, kept: DepartmentPhotos) -> None:
        self._kept = kept
        self.read = kept.of_camera

    async def keep(
        self, actor: Actor, code: str, case: SnapshotCase | None, data: bytes, photo_id: UUID
    ) -> KeptPicture:
        case_id, number = (None, "") if case is None else (case.case_id, case.number)
        photo = await self._kept.keep_of_camera(actor, code, case_id, number, data, photo_id)
        return KeptPicture(photo.taken_at, photo.sha256, photo.size)
