"""Fills the ports of cameras: the case that a picture is for, and the store of cases' photos."""

from __future__ import annotations

from uuid import UUID

from cases import rights
from cases.errors import NoSuchCase
from cases.life import store as cases
from cases.life.model import Case, position_of
from cases.privacy import require_case
from core.actor import Actor
from core.place import Position
from core.storage import Storage
from field.errors import UnknownPhoto
from field.photos import store as photos
from field.photos.centre.departments import DepartmentPhotos
from field.photos.model import PhotoState
from sensing.ports import KeptPicture, SnapshotCase


class CasesOfCameras:
    """Fills `sensing.ports.CasesOfSnapshots`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def by_number(self, actor: Actor, number: str) -> SnapshotCase:
        rights.SEE_CASES.check(actor)
        async with self._storage.read() as connection:
            case = await cases.by_code_or_number(connection, number)
        if case is None or case.number != number:
            raise NoSuchCase(remedy="give the number of a case, with all its digits")
        require_case(actor, case)
        return SnapshotCase(case.case_id, case.number)

    async def place_of(self, actor: Actor, case_id: UUID) -> tuple[Position | None, bool]:
        case = await self._seen(actor, case_id)
        return position_of(case.lon, case.lat, case.accuracy_m), case.invented

    async def require(self, actor: Actor, case_id: UUID) -> None:
        await self._seen(actor, case_id)

    async def _seen(self, actor: Actor, case_id: UUID) -> Case:
        rights.SEE_CASES.check(actor)
        async with self._storage.read() as connection:
            case = await cases.get(connection, case_id)
        require_case(actor, case)
        return case


class PhotosOfCameras:
    """Fills `sensing.ports.SnapshotPhotos`."""

    def __init__(self, storage: Storage, kept: DepartmentPhotos) -> None:
        self._storage = storage
        self._kept = kept

    async def keep(
        self, actor: Actor, code: str, case: SnapshotCase | None, data: bytes, photo_id: UUID
    ) -> KeptPicture:
        case_id, number = (None, "") if case is None else (case.case_id, case.number)
        photo = await self._kept.keep_of_camera(actor, code, case_id, number, data, photo_id)
        return KeptPicture(photo.sha256, photo.size)

    async def read(self, code: str, photo_id: UUID) -> tuple[str, bytes]:
        async with self._storage.read() as connection:
            photo = await photos.find(connection, photo_id)
        if photo is None or photo.camera_code != code or photo.state is not PhotoState.KEPT:
            raise UnknownPhoto(remedy="look at the case again")
        return photo.kind, await self._kept.read(photo)
