"""The routes by which a desk's page hears talkgroups."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from core.actor import Actor
from core.routes import RoomRouter
from radio_bridge.floor.messages import Group
from radio_bridge.switch.joining.desk import DeskListening


class DeskVoiceView(BaseModel):
    """The page calls `ticket` at `ws_url` with this SIP account within `lasts_s`; it is good for one leg."""

    talkgroup: str
    ticket: str
    lasts_s: float
    ws_url: str
    user: str
    password: str


class ListeningRequest(BaseModel):
    """All talkgroups that this page listens to; to be repeated at least every 30 s."""

    talkgroups: Annotated[list[Group], Field(max_length=32)]


class ListeningResponse(BaseModel):
    """Those of them that the person may still hear; from the others the page's leg is sent out."""

    talkgroups: list[str]


def router(listening: DeskListening, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = RoomRouter(prefix="/floors", tags=["floor"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.post("/{talkgroup}/voice")
    async def voice(actor: User, talkgroup: str) -> DeskVoiceView:
        found = await listening.ticket(actor, talkgroup)
        return DeskVoiceView.model_validate(found, from_attributes=True)

    @routes.post("/listening")
    async def still(actor: User, body: ListeningRequest) -> ListeningResponse:
        return ListeningResponse(talkgroups=listening.still(actor, body.talkgroups))

    return routes
