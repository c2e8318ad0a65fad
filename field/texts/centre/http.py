"""Routes of texts, for dispatchers and supervisors."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter
from field.events import TextSummary
from field.texts.centre.service import MOST_LISTED, TextService
from field.texts.model import MOST_CHARACTERS, UnitText


class TextView(TextSummary):
    """`at` is when the centre took the text."""

    at: AwareDatetime
    delivered_at: AwareDatetime | None
    displayed_at: AwareDatetime | None
    read_at: AwareDatetime | None


class TextList(BaseModel):
    """The newest first; `at` of the last one goes into `before` for those that came earlier."""

    texts: list[TextView]


class NewText(OperationRequest):
    text: str = Field(min_length=1, max_length=MOST_CHARACTERS)


def router(desk: TextService, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = RoomRouter(tags=["units"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes
    Most = Annotated[int, Query(ge=1, le=MOST_LISTED)]  # noqa: N806

    @routes.get("/texts")
    async def all_texts(
        actor: User, unread: bool = False, before: AwareDatetime | None = None, limit: Most = 100
    ) -> TextList:
        return _list(await desk.listed(actor, unread=unread, before=before, limit=limit))

    @routes.get("/units/{unit_id}/texts")
    async def texts_of_unit(
        actor: User, unit_id: str, before: AwareDatetime | None = None, limit: Most = 100
    ) -> TextList:
        return _list(await desk.listed(actor, unit_id=unit_id, before=before, limit=limit))

    @routes.post("/units/{unit_id}/texts", status_code=201)
    async def write(actor: User, unit_id: str, new: NewText) -> TextView:
        return view(await desk.write(actor, new.op_id, unit_id, new.text))

    @routes.post("/texts/{text_id}/read")
    async def read(actor: User, text_id: UUID, done: OperationRequest) -> TextView:
        del done  # reading twice is reading once
        return view(await desk.read(actor, text_id))

    return routes


def _list(found: Sequence[UnitText]) -> TextList:
    return TextList(texts=[view(text) for text in found])


def view(text: UnitText) -> TextView:
    """The answer for a text."""
    return TextView(
        text_id=text.text_id, unit_id=text.unit_id, way=text.way, state=text.state, text=text.text,
        by=text.by, by_name=text.by_name, said_at=text.said_at, at=text.at, delivered_at=text.delivered_at,
        displayed_at=text.displayed_at, read_by=text.read_by, read_at=text.read_at,
    )  # fmt: skip
