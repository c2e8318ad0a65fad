"""Fills the port by which departments see and bring photos of cases: citizens' pictures and crews' photos."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from cases.assignments.ports import CasePhoto
from cases.assignments.store import names_of_departments
from cases.drafting import store as drafts
from cases.verification.store import tasks_among
from citizen.reports import store as reports
from core.actor import Actor
from core.audit import TransactionAudit
from core.storage import Storage
from field.errors import UnknownPhoto
from field.photos.centre.departments import DepartmentPhotos
from field.photos.centre.files import PhotoFiles
from field.photos.model import Photo
from field.photos.ports import Vault
from field.settings import FieldSettings
from field.units.store import names_of as names_of_units

CITIZEN = "citizen"


class PhotosOfDepartments:
    """Fills `cases.assignments.ports.CasePhotoStore`. `photos` reads and keeps the pictures."""

    def __init__(
        self, storage: Storage, settings: FieldSettings, vault: Vault, audit: TransactionAudit
    ) -> None:
        self._storage = storage
        self.photos = DepartmentPhotos(
            storage,
            PhotoFiles(settings.photos, vault, settings.photos_spare_mb * 1024 * 1024),
            audit,
            per_hour=settings.photos_per_hour,
            mb_per_day=settings.photos_mb_per_day,
        )

    async def of_case(self, case_id: UUID) -> Sequence[CasePhoto]:
        kept = await self._of_crews(case_id)
        async with self._storage.read() as connection:
            report = await reports.of_case(connection, case_id)
            sent = [] if report is None else await reports.picture_ids(connection, report.report_id)
            units = await names_of_units(connection, [one.unit_id for one in kept])
            departments = await names_of_departments(
                connection, [one.department_id for one in kept if one.department_id is not None]
            )
        received = report.received_at if report is not None else None
        citizens = [CasePhoto(one, received, CITIZEN, "") for one in sent if received is not None]
        others = [
            CasePhoto(
                one.photo_id, one.taken_at, one.by,
                departments.get(one.department_id, "") if one.department_id else units.get(one.unit_id, ""),
            )
            for one in kept
        ]  # fmt: skip
        return [*citizens, *others]

    async def read(self, case_id: UUID, photo: CasePhoto) -> tuple[str, bytes]:
        if photo.by == CITIZEN:
            return await self._citizens(case_id, photo.photo_id)
        found = [one for one in await self._of_crews(case_id) if one.photo_id == photo.photo_id]
        if not found:
            raise UnknownPhoto(remedy="look at the list again")
        return found[0].kind, await self.photos.read(found[0])

    async def keep(
        self,
        actor: Actor,
        department_id: str,
        case_id: UUID,
        case_number: str,
        data: bytes,
        photo_id: UUID | None = None,
    ) -> UUID:
        kept = await self.photos.keep(actor, department_id, case_id, case_number, data, photo_id)
        return kept.photo_id

    async def _of_crews(self, case_id: UUID) -> Sequence[Photo]:
        """Without what inspectors took for tasks and own reports, and what cameras took: that is for the
        centre.
        """
        kept = [one for one in await self.photos.of_case(case_id) if one.camera_code is None]
        about = [one.dispatch_id for one in kept if one.dispatch_id is not None]
        async with self._storage.read() as connection:
            inspected = await tasks_among(connection, about) | await drafts.among(connection, about)
        return [one for one in kept if one.dispatch_id not in inspected]

    async def _citizens(self, case_id: UUID, picture_id: UUID) -> tuple[str, bytes]:
        async with self._storage.read() as connection:
            report = await reports.of_case(connection, case_id)
            found = (
                None if report is None else await reports.picture(connection, report.report_id, picture_id)
            )
        if found is None:
            raise UnknownPhoto(remedy="look at the list again")
        return found.kind, found.content
