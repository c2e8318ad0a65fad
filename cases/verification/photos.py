"""Photos of verification tasks and of inspectors' own reports; each look is audited."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from cases import rights
from cases.drafting.access import DraftAccess
from cases.life.service import CaseService
from cases.privacy import require_case
from cases.verification.model import Verification
from cases.verification.ports import TaskPhoto, TaskPhotos
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

    async def of_draft(self, actor: Actor, draft_id: UUID) -> Sequence[TaskPhoto]:
        """What an inspector took for an own report, the oldest first. Raises what forbids the draft."""
        rights.SEE_PHOTOS_OF_DRAFT.check(actor)
        await self._drafts.read(actor, draft_id)
        return await self._photos.of_task(draft_id)

    async def look_at_draft(self, actor: Actor, draft_id: UUID, photo_id: UUID) -> tuple[str, bytes]:
        """Media type and bytes. Raises as `look`."""
        await self.of_draft(actor, draft_id)
        await self._views.viewed(actor, "photo-look", f"photo:{photo_id}")
        return await self._photos.read(draft_id, photo_id)

    async def _require(self, actor: Actor, task: Verification) -> None:
        if task.case_id is not None:
            require_case(actor, await self._cases.get(task.case_id))
        elif task.draft_id is not None:
            await self._drafts.read(actor, task.draft_id)
