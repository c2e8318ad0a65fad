"""Fills the ports of cameras: the case that a picture is for, where photos of cases and clips are stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from cases.life.referenced import ReferencedCases
from cases.ports import CameraPair, PairedPicture
from cases.timeline.model import TimelineEntry, TimelineKind, TimelineSubject
from cdr.events import CallErased
from cdr.filings.cases import cases_without_hold
from core.actor import Actor
from core.bus import Bus
from core.storage import Storage
from field.photos.centre.departments import DepartmentPhotos
from field.photos.centre.files import PhotoFiles
from field.photos.ports import Vault
from field.settings import FieldSettings
from sensing.ports import KeptClip, KeptPicture, SnapshotCase
from sensing.recordings import store as clips
from sensing.recordings.clips import CameraClips
from sensing.rights import SEE_CLIPS
from sensing.snapshots import store
from sensing.snapshots.store import CameraSnapshot, SnapshotMoment

MOST_CLIPS: Final = 200


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


class ClipsOfCameras:
    """Fills `sensing.ports.ClipFiles`: a folder of its own beside crews' photos, encrypted as these."""

    def __init__(self, settings: FieldSettings, vault: Vault) -> None:
        spare = settings.photos_spare_mb * 1024 * 1024
        self._files = PhotoFiles(settings.photos / "clips", vault, spare)
        self.append = self._files.append
        self.read = self._files.read
        self.erase = self._files.erase

    def keep(self, clip_id: UUID) -> KeptClip:
        size, digest = self._files.there(clip_id), self._files.digest(clip_id)
        path, key_id = self._files.keep(clip_id)
        self._files.forget_coming(clip_id)
        return KeptClip(path, key_id, digest, size)


class ClipsOfCase:
    """Clips of recordings on the timeline of their case, for who may see them; by the camera's code."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def entries(self, actor: Actor, about: TimelineSubject) -> Sequence[TimelineEntry]:
        if not SEE_CLIPS.allows(actor):
            return ()
        async with self._storage.read() as connection:
            found = await clips.of_case(connection, about.case_id, MOST_CLIPS)
        return [
            TimelineEntry(
                kind=TimelineKind.ACT, at=one.kept_at, by=one.asked_by, act="clip-kept", words=one.code
            )
            for one in found
            if one.kept_at is not None
        ]


class ClipErasure:
    """When the ledger erases a call's sound, the clips of its cases go as their photos do. A legal hold on
    any call of a case keeps them.
    """

    def __init__(self, storage: Storage, clips: CameraClips) -> None:
        self._storage = storage
        self._clips = clips

    def subscribe(self, bus: Bus) -> None:
        """Clips of a call's cases go when the ledger has erased the call."""
        bus.subscribe(CallErased, self.on_erased, name="clips.forget")

    async def on_erased(self, event: CallErased) -> None:
        if "recordings" not in event.kinds:
            return
        cases = await cases_without_hold(self._storage, [event.call_id, *event.known_as])
        if cases:
            await self._clips.erase_of_cases(cases, by=event.by)
