"""The route by which a case is entered from paper."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, Field

from cases.drafting.model import FieldName
from cases.events import CaseView
from cases.paper.service import PaperCase, PaperCases
from cases.ports import CurrentUser
from cases.privacy import shown
from core.actor import Actor
from core.answers import answers
from core.routes import RoomRouter

MOST_TEXT = 600
MOST_FIELDS = 18
_Text = Annotated[str, Field(max_length=MOST_TEXT)]


class PaperCaseRequest(BaseModel):
    """`fields` as a draft has them; `taken_at` when it was written, `taken_by` who wrote it."""

    op_id: UUID
    fields: dict[FieldName, _Text | None] = Field(max_length=MOST_FIELDS)
    taken_at: AwareDatetime
    taken_by: str = Field(min_length=1, max_length=64)
    confidential: bool = False
    condition: str = Field(default="", max_length=200)


def paper_routes(paper: PaperCases, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["cases"])
    person = Annotated[Actor, Depends(user)]

    @routes.post("/cases/paper", **answers(CaseView, 201))
    async def enter(body: PaperCaseRequest, actor: person) -> dict[str, Any]:
        """File what was written on paper during an outage, with its true time."""
        written = PaperCase(body.fields, body.taken_at, body.taken_by, body.confidential, body.condition)
        return shown(actor, await paper.enter(written, op_id=body.op_id, actor=actor))

    return routes
