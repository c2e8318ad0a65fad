"""Photos of a case as a department sees and brings them, by its assignment."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from cases import rights
from cases.assignments.model import Assignment
from cases.assignments.ports import CasePhoto, CasePhotoStore
from cases.assignments.service import AssignmentService
from cases.errors import NoSuchAssignmentPhoto, WrongStep
from cases.events import AssignmentAction
from cases.life.model import Case
from cases.privacy import sees_all
from core.actor import Actor
from core.views import Views


class AssignmentPhotos:
    def __init__(self, assignments: AssignmentService, photos: CasePhotoStore, views: Views) -> None:
        self._assignments = assignments
        self._photos = photos
        self._views = views

    async def listed(self, actor: Actor, assignment_id: UUID) -> Sequence[CasePhoto]:
        """Those that this person may see, oldest first: of a confidential case a department sees its own.

        Raises `NoSuchAssignment`, `OutOfScope`.
        """
        rights.SEE_ASSIGNMENT_PHOTOS.check(actor)
        assignment, case = await self._of(actor, assignment_id)
        return await self._seen(actor, assignment, case)

    async def look(self, actor: Actor, assignment_id: UUID, photo_id: UUID) -> tuple[str, bytes]:
        """Media type and bytes of one of them; audited before. Raises `NoSuchAssignmentPhoto` also for one
        that is not shown.
        """
        rights.SEE_ASSIGNMENT_PHOTOS.check(actor)
        assignment, case = await self._of(actor, assignment_id)
        found = {one.photo_id: one for one in await self._seen(actor, assignment, case)}
        photo = found.get(photo_id)
        if photo is None:
            raise NoSuchAssignmentPhoto(remedy="look at the list again")
        await self._views.viewed(actor, "photo-look", f"photo:{photo_id}")
        return await self._photos.read(case.case_id, photo)

    async def bring(
        self, actor: Actor, assignment_id: UUID, data: bytes, photo_id: UUID | None = None
    ) -> UUID:
        """Keep a photo for the department's answer; its id. One with the same `photo_id` is kept once.

        Raises `WrongStep` where no answer is possible, `CaseMerged`, and what refuses a photo.
        """
        rights.BRING_ASSIGNMENT_PHOTO.check(actor)
        assignment, case = await self._of(actor, assignment_id)
        await self._assignments.refuse_merged(case)
        if self._assignments.workflow.row(AssignmentAction.ANSWER, assignment.state) is None:
            raise WrongStep(
                f"an assignment that is {assignment.state} takes no photos",
                remedy="sign for it first", state=assignment.state.value,
            )  # fmt: skip
        return await self._photos.keep(
            actor, assignment.department_id, case.case_id, case.number, data, photo_id
        )

    async def _of(self, actor: Actor, assignment_id: UUID) -> tuple[Assignment, Case]:
        found, _ = await self._assignments.one(actor, assignment_id)
        return found.assignment, found.case

    async def _seen(self, actor: Actor, assignment: Assignment, case: Case) -> list[CasePhoto]:
        own = f"department:{assignment.department_id}"
        hidden = not sees_all(actor, case)
        return [one for one in await self._photos.of_case(case.case_id) if not hidden or one.by == own]
