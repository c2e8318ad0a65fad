"""Routes of the photos of a case that a department has: list, look, bring."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from cases.assignments.photos import AssignmentPhotos
from cases.ports import CurrentUser
from core.actor import Actor
from core.routes import RoomRouter


class AssignmentPhotoView(BaseModel):
    """`by` is `unit:ID`, `department:ID` or `citizen`."""

    photo_id: UUID
    at: datetime
    by: str
    by_name: str


class AssignmentPhotoList(BaseModel):
    photos: list[AssignmentPhotoView]


class BroughtPhoto(BaseModel):
    photo_id: UUID


def photo_routes(photos: AssignmentPhotos, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["assignments"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/assignments/{assignment_id}/photos")
    async def listed(assignment_id: UUID, actor: person) -> AssignmentPhotoList:
        """Pictures of the case, oldest first: the citizen's, units', departments'."""
        found = await photos.listed(actor, assignment_id)
        return AssignmentPhotoList(
            photos=[
                AssignmentPhotoView(photo_id=one.photo_id, at=one.at, by=one.by, by_name=one.by_name)
                for one in found
            ]
        )

    @routes.get("/assignments/{assignment_id}/photos/{photo_id}", response_class=Response)
    async def look(assignment_id: UUID, photo_id: UUID, actor: person) -> Response:
        """The picture without place, time and maker; audited."""
        kind, data = await photos.look(actor, assignment_id, photo_id)
        name = f"{photo_id}.{'png' if kind == 'image/png' else 'jpg'}"
        return Response(data, media_type=kind, headers={"Content-Disposition": f"inline; filename={name}"})

    @routes.post("/assignments/{assignment_id}/photos", status_code=201)
    async def bring(assignment_id: UUID, request: Request, actor: person) -> BroughtPhoto:
        """Keep a photo (JPEG or PNG, the whole body, at most 16 MiB) that the answer may then name."""
        return BroughtPhoto(photo_id=await photos.bring(actor, assignment_id, await request.body()))

    return routes
