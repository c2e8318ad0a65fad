"""Routes of verification tasks. Rights are checked where the act is done."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from cases import rights
from cases.drafting.access import DraftAccess
from cases.ports import CurrentUser
from cases.verification.model import MOST_WORDS, Verification
from cases.verification.photos import VerificationPhotos
from cases.verification.service import VerificationService
from cases.verification.views import (
    InspectorView,
    TaskPhotoView,
    VerificationView,
    inspector_view,
    photo_view,
    verification_view,
)
from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter


class AskInspector(OperationRequest):
    """`unit_id` is the inspector; without it who has the beat of the place, else the nearest on shift.
    `words` say what is to be looked at.
    """

    unit_id: str = Field(default="", max_length=80)
    words: str = Field(default="", max_length=MOST_WORDS)


class RecallVerification(OperationRequest):
    reason: str = Field(max_length=MOST_WORDS)


class VerificationList(BaseModel):
    """The oldest first."""

    verifications: list[VerificationView]


class TaskPhotoList(BaseModel):
    """The oldest first."""

    photos: list[TaskPhotoView]


class InspectorList(BaseModel):
    """Those on shift first."""

    inspectors: list[InspectorView]


def verification_routes(
    tasks: VerificationService, drafts: DraftAccess, photos: VerificationPhotos, user: CurrentUser
) -> APIRouter:
    routes = RoomRouter(tags=["verifications"])
    person = Annotated[Actor, Depends(user)]

    async def whole(found: list[Verification]) -> VerificationList:
        shown = [verification_view(one, list(await photos.of_task(one.task_id))) for one in found]
        return VerificationList(verifications=shown)

    @routes.get("/drafts/{draft_id}/verifications")
    async def of_draft(draft_id: UUID, actor: person) -> VerificationList:
        rights.SEE_VERIFICATIONS_OF_DRAFT.check(actor)
        await drafts.read(actor, draft_id)
        return await whole(await tasks.of_draft(draft_id))

    @routes.post("/drafts/{draft_id}/verifications", status_code=201)
    async def ask_of_draft(draft_id: UUID, body: AskInspector, actor: person) -> VerificationView:
        """Have an inspector look before it is filed."""
        await drafts.edit(actor, draft_id)
        asked = await tasks.ask_of_draft(
            draft_id, op_id=body.op_id, actor=actor, unit_id=body.unit_id, words=body.words
        )
        return verification_view(asked)

    @routes.get("/cases/{case_id}/verifications")
    async def of_case(case_id: UUID, actor: person) -> VerificationList:
        """Those of the draft that it was filed from, too."""
        return await whole(await tasks.of_case(actor, case_id))

    @routes.post("/cases/{case_id}/verifications", status_code=201)
    async def ask_of_case(case_id: UUID, body: AskInspector, actor: person) -> VerificationView:
        """Have an inspector check the work before the case is closed."""
        asked = await tasks.ask_of_case(
            case_id, op_id=body.op_id, actor=actor, unit_id=body.unit_id, words=body.words
        )
        return verification_view(asked)

    @routes.get("/verifications")
    async def waiting(actor: person) -> VerificationList:
        """Tasks without an answer, the earliest due first; without words."""
        found = await tasks.waiting(actor)
        bare = [verification_view(one).model_copy(update={"words": ""}) for one in found]
        return VerificationList(verifications=bare)

    @routes.post("/verifications/{task_id}/recall")
    async def recall(task_id: UUID, body: RecallVerification, actor: person) -> VerificationView:
        """Take it back from the inspector."""
        after = await tasks.recall(task_id, op_id=body.op_id, reason=body.reason, actor=actor)
        return verification_view(after)

    @routes.get("/inspectors")
    async def inspectors(actor: person) -> InspectorList:
        return InspectorList(inspectors=[inspector_view(one) for one in await tasks.inspectors(actor)])

    return routes


def photo_routes(photos: VerificationPhotos, user: CurrentUser) -> APIRouter:
    """What inspectors took for their tasks and own reports."""
    routes = RoomRouter(tags=["verifications"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/drafts/{draft_id}/photos")
    async def photos_of_draft(draft_id: UUID, actor: person) -> TaskPhotoList:
        """What an inspector took for an own report."""
        found = await photos.of_draft(actor, draft_id)
        return TaskPhotoList(photos=[photo_view(one) for one in found])

    @routes.get("/drafts/{draft_id}/photos/{photo_id}", response_class=Response)
    async def look_at_draft(draft_id: UUID, photo_id: UUID, actor: person) -> Response:
        """The picture without place, time and maker; audited."""
        return _picture(photo_id, *await photos.look_at_draft(actor, draft_id, photo_id))

    @routes.get("/verifications/{task_id}/photos/{photo_id}", response_class=Response)
    async def look(task_id: UUID, photo_id: UUID, actor: person) -> Response:
        """The picture without place, time and maker; audited."""
        return _picture(photo_id, *await photos.look(actor, task_id, photo_id))

    return routes


def _picture(photo_id: UUID, kind: str, data: bytes) -> Response:
    name = f"{photo_id}.{'png' if kind == 'image/png' else 'jpg'}"
    return Response(data, media_type=kind, headers={"Content-Disposition": f"inline; filename={name}"})
