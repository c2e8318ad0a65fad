"""Takes pictures with cameras for people, and shows what was taken."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

from core.actor import Actor
from core.operations import OperationReused
from core.storage import Storage
from core.views import Views
from sensing import rights
from sensing.cameras.model import RegisteredCamera
from sensing.cameras.service import CameraRegister
from sensing.errors import NoSuchSnapshot
from sensing.ports import CasesOfSnapshots, SnapshotCase, SnapshotPhotos
from sensing.snapshots import store
from sensing.snapshots.picture import CameraPictures
from sensing.snapshots.store import CameraSnapshot

MOST_LISTED: Final = 200


class CameraSnapshots:
    def __init__(
        self,
        storage: Storage,
        register: CameraRegister,
        pictures: CameraPictures,
        cases: CasesOfSnapshots,
        photos: SnapshotPhotos,
        views: Views,
    ) -> None:
        self._storage = storage
        self._register = register
        self._pictures = pictures
        self._cases = cases
        self._photos = photos
        self._views = views
        self._taking: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def take(self, actor: Actor, code: str, case_number: str, *, op_id: UUID) -> CameraSnapshot:
        """A picture of now, once for each `op_id`; audited before the camera is asked. Without a number it is
        of no case.

        Raises `Forbidden`, `NoSuchCamera`, `OutOfScope`, `OperationReused`, `NoPicture`, `CamerasBusy`, and
        what refuses a photo.
        """
        rights.LOOK.check(actor)
        camera = self._register.get(actor, code)
        case = await self._cases.by_number(actor, case_number) if case_number else None
        # Whoever asks again while the first question is open gets its answer.
        alone = self._taking.setdefault(op_id, asyncio.Lock())
        async with alone:
            async with self._storage.read() as connection:
                known = await store.find(connection, op_id)
            if known is None:
                return await self._take(actor, camera, case, op_id)
        if (known.code, known.case_number, known.taken_by) != (code, case_number, actor.id):
            raise OperationReused
        return known

    async def _take(
        self, actor: Actor, camera: RegisteredCamera, case: SnapshotCase | None, op_id: UUID
    ) -> CameraSnapshot:
        code = camera.code
        about = {"case": case.number} if case is not None else {}
        await self._views.viewed(actor, "camera-look", f"camera:{code}", about)
        data = await self._pictures.take(camera)
        kept = await self._photos.keep(actor, code, case, data, op_id)
        taken = CameraSnapshot(
            op_id, code, None if case is None else case.case_id, "" if case is None else case.number,
            kept.at, actor.id, kept.sha256, kept.size,
        )  # fmt: skip
        async with self._storage.write() as transaction:
            await store.add(transaction, taken)
        return taken

    async def of_case(self, actor: Actor, case_id: UUID) -> list[CameraSnapshot]:
        """What was taken for a case, by cameras that are for this person. Raises `Forbidden`, `NotFound`,
        `OutOfScope`.
        """
        rights.SEE_SNAPSHOTS.check(actor)
        await self._cases.require(actor, case_id)
        async with self._storage.read() as connection:
            found = await store.of_case(connection, case_id, MOST_LISTED)
        return [one for one in found if self._may_see(actor, one)]

    async def look(self, actor: Actor, snapshot_id: UUID) -> tuple[str, bytes]:
        """Media type and bytes; audited before. Of no case it is for who took it, and for nobody else.

        Raises `Forbidden`, `NoSuchSnapshot`, `OutOfScope`.
        """
        rights.SEE_SNAPSHOTS.check(actor)
        async with self._storage.read() as connection:
            found = await store.find(connection, snapshot_id)
        if found is None or not self._may_see(actor, found):
            raise NoSuchSnapshot(remedy="look at the case again")
        if found.case_id is not None:
            await self._cases.require(actor, found.case_id)
        elif found.taken_by != actor.id:
            raise NoSuchSnapshot(remedy="look at the case again")
        await self._views.viewed(actor, "photo-look", f"photo:{snapshot_id}")
        return await self._photos.read(found.code, snapshot_id)

    def _may_see(self, actor: Actor, one: CameraSnapshot) -> bool:
        return self._register.lets_see(actor, one.code)
