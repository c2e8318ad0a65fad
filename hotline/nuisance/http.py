"""The routes of listed numbers, each a few lines; for supervisors and admins."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status
from pydantic import BaseModel, Field

from core.actor import Actor
from core.routes import RoomRouter
from hotline.nuisance.model import MOST_REASON
from hotline.nuisance.service import MOST_LISTED, Nuisance
from hotline.nuisance.view import ListingView
from hotline.ports import CurrentUser, Looks


class Add(BaseModel):
    """`number` as a person writes it; `until` with its time zone."""

    op_id: UUID
    number: str = Field(min_length=3, max_length=40)
    reason: str = Field(max_length=MOST_REASON)
    until: datetime


class Lift(BaseModel):
    op_id: UUID
    reason: str = Field(max_length=MOST_REASON)


class NuisanceList(BaseModel):
    """`by_settings` are the numbers of `[ivr] nuisance_numbers`: they end with the settings."""

    numbers: list[ListingView]
    by_settings: list[str]


def router(nuisance: Nuisance, current_user: CurrentUser, looks: Looks) -> APIRouter:
    """`/nuisance`; `current_user` is the dependency that gives who asks. Who sees the numbers is audited."""
    routes = RoomRouter(prefix="/nuisance", tags=["nuisance"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("")
    async def listed(
        user: User, ended: bool = False, limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 1_000
    ) -> NuisanceList:
        found = await nuisance.listed(user, ended=ended, limit=limit)
        await looks(user, "list-nuisance", "nuisance")
        return NuisanceList(
            numbers=[nuisance.view(one) for one in found], by_settings=list(nuisance.by_settings)
        )

    @routes.post("", status_code=status.HTTP_201_CREATED)
    async def add(user: User, body: Add) -> ListingView:
        return nuisance.view(
            await nuisance.add(user, body.op_id, body.number, reason=body.reason, until=body.until)
        )

    @routes.post("/{listing_id}/lift")
    async def lift(user: User, listing_id: UUID, body: Lift) -> ListingView:
        return nuisance.view(await nuisance.lift(user, listing_id, body.op_id, reason=body.reason))

    return routes
