"""Routes of the desk's phones, each a few lines."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from core.actor import Actor
from core.routes import RoomRouter
from hotline.desk_phones.events import PhoneClaimView
from hotline.desk_phones.model import PageWord
from hotline.desk_phones.service import DeskPhones
from hotline.ports import CurrentUser


class DeskPage(BaseModel):
    """A tab, and the load of it that speaks."""

    page_id: PageWord
    load_id: PageWord


class ClaimRequest(DeskPage):
    """`take_over`: also from another page that is there."""

    take_over: bool = False


def router(phones: DeskPhones, current_user: CurrentUser) -> APIRouter:
    """`/agents/me/phone`; `current_user` is the dependency that gives who asks."""
    routes = RoomRouter(tags=["agents"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("/agents/me/phone")
    async def claimed(user: User) -> PhoneClaimView:
        return phones.of(user)

    @routes.post("/agents/me/phone/claim")
    async def claim(user: User, body: ClaimRequest) -> PhoneClaimView:
        return await phones.claim(user, body.page_id, body.load_id, take_over=body.take_over)

    @routes.post("/agents/me/phone/registered")
    async def registered(user: User, body: DeskPage) -> PhoneClaimView:
        return phones.registered(user, body.page_id, body.load_id)

    return routes
