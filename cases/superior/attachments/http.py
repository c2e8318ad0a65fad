"""Routes of the letters of a superior's order: list, bring, take as a file."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from cases.ports import CurrentUser
from cases.superior.attachments.model import OrderAttachment
from cases.superior.attachments.service import OrderAttachments
from core.actor import Actor
from core.routes import RoomRouter


class OrderAttachmentView(BaseModel):
    """`kind` is its media type, `size` in bytes; `sha256` of what is handed out."""

    attachment_id: UUID
    name: str
    kind: str
    size: int
    sha256: str
    added_at: datetime
    added_by: str
    added_by_name: str


class OrderAttachmentList(BaseModel):
    attachments: list[OrderAttachmentView]


def attachment_routes(attachments: OrderAttachments, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["cases"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/cases/superior/{case_id}/attachments")
    async def listed(case_id: UUID, actor: person) -> OrderAttachmentList:
        """The letters of the order behind this case, the oldest first."""
        found = await attachments.listed(actor, case_id)
        return OrderAttachmentList(attachments=[_view(one) for one in found])

    @routes.get("/cases/superior/{case_id}/attachments/{attachment_id}", response_class=Response)
    async def take(case_id: UUID, attachment_id: UUID, actor: person) -> Response:
        """The letter as a file to keep; audited."""
        one, data = await attachments.read(actor, case_id, attachment_id)
        headers = {"Content-Disposition": one.disposition, "X-Content-Type-Options": "nosniff"}
        return Response(data, media_type=one.kind, headers=headers)

    @routes.post("/cases/superior/{case_id}/attachments", status_code=201)
    async def bring(
        case_id: UUID,
        attachment_id: UUID,
        request: Request,
        actor: person,
        name: Annotated[str, Query(max_length=255)] = "",
    ) -> OrderAttachmentView:
        """Keep a letter (PDF, JPEG or PNG, the whole body), once for each `attachment_id`."""
        return _view(await attachments.add(actor, case_id, attachment_id, name, await request.body()))

    return routes


def _view(one: OrderAttachment) -> OrderAttachmentView:
    return OrderAttachmentView(
        attachment_id=one.attachment_id, name=one.name, kind=one.kind, size=one.size, sha256=one.sha256,
        added_at=one.added_at, added_by=one.added_by, added_by_name=one.added_by_name,
    )  # fmt: skip
