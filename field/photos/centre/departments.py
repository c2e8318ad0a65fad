"""Photos that come whole, in one piece: a department's with its answer, a unit's by a messenger, a camera's.
They pass the check of crews' photos and are stored without place, time and maker.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from core.actor import Actor, Role
from core.audit import TransactionAudit
from core.errors import SonghuaError, Unavailable
from core.ids import uuid7
from core.storage import Storage
from field.errors import PhotoNotKept, TooManyPhotos, UnknownPhoto
from field.photos import store
from field.photos.centre import picture
from field.photos.centre.files import PhotoFiles
from field.photos.metrics import photos
from field.photos.model import MOST_BYTES, OF_CAMERA, OF_DEPARTMENT, Photo, PhotoState

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_LONGEST_ID = 64
MOST_AT_ONCE = 1
"""Each takes some three times the photo's size of memory."""


@dataclass(frozen=True, slots=True)
class _Whole:
    """Whose it is (`Photo.unit_id`), what it is of, and its id where it has one."""

    owner: str
    photo_id: UUID | None
    case_id: UUID | None = None
    dispatch_id: UUID | None = None


class DepartmentPhotos:
    """`per_hour` and `mb_per_day` limit each department, as they limit each unit."""

    def __init__(
        self,
        storage: Storage,
        files: PhotoFiles,
        audit: TransactionAudit,
        *,
        per_hour: int,
        mb_per_day: int,
    ) -> None:
        self._storage = storage
        self._files = files
        self._audit = audit
        self._per_hour = per_hour
        self._bytes_per_day = mb_per_day * 1024 * 1024
        self._proofs = asyncio.Semaphore(MOST_AT_ONCE)

    async def keep(
        self,
        actor: Actor,
        department_id: str,
        case_id: UUID,
        case_number: str,
        data: bytes,
        photo_id: UUID | None = None,
    ) -> Photo:
        """The photo as it is kept; audited with its row. One with the same `photo_id` is kept once. Rights
        are checked by who calls.

        Raises `PhotoNotKept`, `TooManyPhotos`, `Unavailable`.
        """
        owner = f"{OF_DEPARTMENT}{department_id}"[:_LONGEST_ID]
        detail = {"department": department_id}
        return await self._keep(
            actor, _Whole(owner, photo_id, case_id=case_id), data, f"case:{case_number}", detail
        )

    async def keep_of_unit(
        self, unit_id: str, dispatch_id: UUID, case_id: UUID | None, photo_id: UUID, data: bytes
    ) -> Photo:
        """The same for a unit's photo of its job; `case_id` is the job's case, None for a draft's task."""
        actor = Actor(f"unit:{unit_id}", unit_id, frozenset({Role.UNIT}))
        whole = _Whole(unit_id, photo_id, case_id=case_id, dispatch_id=dispatch_id)
        return await self._keep(actor, whole, data, f"job:{dispatch_id}", {"unit": unit_id})

    async def keep_of_camera(
        self, actor: Actor, code: str, case_id: UUID | None, case_number: str, data: bytes, photo_id: UUID
    ) -> Photo:
        """The same for what a camera took at the wish of `actor`; without a case it is one of no case."""
        whole = _Whole(f"{OF_CAMERA}{code}"[:_LONGEST_ID], photo_id, case_id=case_id)
        subject = f"case:{case_number}" if case_number else f"camera:{code}"
        return await self._keep(actor, whole, data, subject, {"camera": code})

    async def keep_of_task(
        self,
        actor: Actor,
        department_id: str,
        task_id: UUID,
        case_id: UUID | None,
        photo_id: UUID,
        data: bytes,
    ) -> Photo:
        """The same for what a department's inspector took for a verification task; `case_id` is None for a
        draft's task.
        """
        owner = f"{OF_DEPARTMENT}{department_id}"[:_LONGEST_ID]
        whole = _Whole(owner, photo_id, case_id=case_id, dispatch_id=task_id)
        return await self._keep(actor, whole, data, f"job:{task_id}", {"department": department_id})

    async def _keep(
        self, actor: Actor, whole: _Whole, data: bytes, subject: str, detail: Mapping[str, str]
    ) -> Photo:
        if (known := await self._known(whole)) is not None:
            return known
        async with self._proofs:
            if len(data) > MOST_BYTES:
                raise PhotoNotKept(remedy="send a smaller one", why="too-large")
            found = await asyncio.to_thread(picture.look, data)
            fault = picture.fault_of(found, len(data))
            if found is None or fault:
                raise PhotoNotKept(remedy="JPEG and PNG are kept, not too large", why=fault)
            clean = await asyncio.to_thread(picture.bare, data)
            now, photo_id = self._storage.clock.now(), whole.photo_id or uuid7()
            photo = Photo(
                photo_id, whole.owner, len(clean),
                hashlib.sha256(clean).hexdigest(), now, now, PhotoState.KEPT, received=len(clean),
                dispatch_id=whole.dispatch_id, case_id=whole.case_id, kind=found.kind, kept_at=now,
            )  # fmt: skip
            await self._require_room(photo)
            photo = await self._written(photo, clean)
            try:
                async with self._storage.write() as transaction:
                    await store.add(transaction, photo)
                    told = {"photo": str(photo_id), "sha256": photo.sha256, **detail}
                    await self._audit.record_in(transaction, actor, "photo-bring", subject, told)
            except SonghuaError:
                await asyncio.to_thread(self._files.erase, photo_id, photo.path)
                raise
        photos.labels("kept").inc()
        return photo

    async def of_camera(self, code: str, photo_id: UUID) -> tuple[str, bytes]:
        """Media type and bytes of what this camera took. Raises `UnknownPhoto`, and what the vault raises."""
        async with self._storage.read() as connection:
            photo = await store.find(connection, photo_id)
        if photo is None or photo.camera_code != code or photo.state is not PhotoState.KEPT:
            raise UnknownPhoto(remedy="look at the case again")
        return photo.kind, await self.read(photo)

    async def is_kept(self, photo_id: UUID) -> bool:
        """Whether there is a photo with this id."""
        async with self._storage.read() as connection:
            return await store.find(connection, photo_id) is not None

    async def _known(self, whole: _Whole) -> Photo | None:
        if whole.photo_id is None:
            return None
        async with self._storage.read() as connection:
            found = await store.find(connection, whole.photo_id)
        return found if found is not None and found.unit_id == whole.owner else None

    async def of_case(self, case_id: UUID) -> Sequence[Photo]:
        """What is kept of a case, of units and departments, oldest first."""
        async with self._storage.read() as connection:
            found = await store.of_cases(connection, [case_id])
        return sorted((one for one in found if one.state is PhotoState.KEPT), key=lambda one: one.taken_at)

    async def read(self, photo: Photo) -> bytes:
        """The picture as it is shown. Raises `UnknownPhoto`, and what the vault raises."""
        try:
            data = await asyncio.to_thread(self._files.read, photo.photo_id, photo.path, photo.key_id)
        except FileNotFoundError as error:
            raise UnknownPhoto(remedy="restore the photo's file from its copy") from error
        return await asyncio.to_thread(picture.bare, data)

    async def _require_room(self, photo: Photo) -> None:
        now = photo.announced_at
        async with self._storage.read() as connection:
            of_hour, _ = await store.announced_since(connection, photo.unit_id, now - _HOUR)
            _, of_day = await store.announced_since(connection, photo.unit_id, now - _DAY)
        if of_hour >= self._per_hour or of_day + photo.size > self._bytes_per_day:
            raise TooManyPhotos(remedy="send it later")

    async def _written(self, photo: Photo, clean: bytes) -> Photo:
        """The photo with where it lies: encrypted where there is a key, as crews' photos are."""

        def write() -> tuple[str, str]:
            self._files.append(photo.photo_id, 0, clean)
            kept = self._files.keep(photo.photo_id)
            self._files.forget_coming(photo.photo_id)
            return kept

        try:
            path, key_id = await asyncio.to_thread(write)
        except OSError as error:
            raise Unavailable("the photos' folder cannot be used", remedy="see [field] photos") from error
        return replace(photo, path=path, key_id=key_id)
