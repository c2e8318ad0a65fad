"""Photos of verification tasks, for who may read the draft or the case; each look is audited."""

from __future__ import annotations

from uuid import UUID

from cases import rights
from cases.drafting.access import DraftAccess
from cases.life.service import CaseService
from cases.privacy import require_case
from cases.verification.model import Verification
from cases.verification.ports import TaskPhotos
from cases.verification.service import VerificationService
from core.actor import Actor
from core.views import Views


class VerificationPhotos:
    def __init__(
        self,
        tasks: VerificationService,
        cases: CaseService,
        drafts: DraftAccess,
        photos: TaskPhotos,
        views: Views,
    ) -> None:
        self._tasks = tasks
        self._cases = cases
        self._drafts = drafts
        self._photos = photos
        self._views = views
        self.of_task = photos.of_task

    async def look(self, actor: Actor, task_id: UUID, photo_id: UUID) -> tuple[str, bytes]:
        """Media type and bytes. Raises `Forbidden`, `NoSuchVerification`, what forbids the draft or the case,
        `NotFound`, `Unavailable`.
        """
        rights.SEE_VERIFICATION_PHOTOS.check(actor)
        task = await self._tasks.get(task_id)
        await self._require(actor, task)
        await self._views.viewed(actor, "photo-look", f"photo:{photo_id}")
        return await self._photos.read(task_id, photo_id)

    async def _require(self, actor: Actor, task: Verification) -> None:
        if task.case_id is not None:
            require_case(actor, await self._cases.get(task.case_id))
        elif task.draft_id is not None:
            await self._drafts.read(actor, task.draft_id)
