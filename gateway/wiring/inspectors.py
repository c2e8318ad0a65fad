"""Fills the ports by which cases ask inspectors, and see what they took."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from cases.verification.ports import Inspector, TaskPhoto
from core.actor import Actor
from core.operations import OperationReused
from core.place import Position
from core.storage import Storage
from field.contract.mobile import NETWORK
from field.errors import UnknownPhoto
from field.inspectors.service import Inspectors
from field.photos import store as photos
from field.photos.centre.departments import DepartmentPhotos
from field.photos.model import PhotoState

MOST_PHOTOS = 50


class InspectorsOfUnits:
    """Fills `cases.verification.ports.InspectorDirectory`. The room of units is made after that of cases."""

    def __init__(self, inspectors: Callable[[], Inspectors]) -> None:
        self._inspectors = inspectors

    async def near(self, place: Position | None) -> Sequence[Inspector]:
        return [
            Inspector(
                one.unit.unit_id, one.unit.name, one.on_shift, one.unit.online, one.jobs, one.since,
                terminal=NETWORK in one.unit.networks,
            )
            for one in await self._inspectors().near(place)
        ]  # fmt: skip


class KeptOfTasks:
    """Fills `cases.pruning.ports.PhotosOfTask`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def of_task(self, task_id: UUID) -> Sequence[TaskPhoto]:
        async with self._storage.read() as connection:
            found = await photos.listed(connection, dispatch_id=task_id, limit=MOST_PHOTOS)
        return [
            TaskPhoto(one.photo_id, one.taken_at, one.state is PhotoState.KEPT)
            for one in reversed(found)
            if one.state in {PhotoState.KEPT, PhotoState.COMING}
        ]


class PhotosOfTasks(KeptOfTasks):
    """Fills `cases.verification.ports.TaskPhotos`."""

    def __init__(self, storage: Storage, kept: DepartmentPhotos) -> None:
        super().__init__(storage)
        self._kept = kept

    async def read(self, task_id: UUID, photo_id: UUID) -> tuple[str, bytes]:
        async with self._storage.read() as connection:
            photo = await photos.find(connection, photo_id)
        if photo is None or photo.dispatch_id != task_id or photo.state is not PhotoState.KEPT:
            raise UnknownPhoto(remedy="look at the task again")
        return photo.kind, await self._kept.read(photo)

    async def keep(
        self,
        actor: Actor,
        department_id: str,
        task_id: UUID,
        case_id: UUID | None,
        photo_id: UUID,
        data: bytes,
    ) -> None:
        kept = await self._kept.keep_of_task(actor, department_id, task_id, case_id, photo_id, data)
        if kept.dispatch_id != task_id:
            raise OperationReused
