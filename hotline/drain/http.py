"""Routes of a drain, each a few lines."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter
from hotline.drain.events import DrainView
from hotline.drain.model import LONGEST_S, SHORTEST_S
from hotline.drain.service import Drain
from hotline.ports import CurrentUser


class DrainRequest(OperationRequest):
    """`within_s`: how long it may take until no call is left; half an hour later it ends by itself."""

    on: bool
    within_s: float = Field(default=900.0, ge=SHORTEST_S, le=LONGEST_S)


def router(drain: Drain, current_user: CurrentUser) -> APIRouter:
    """`/drain`; `current_user` is the dependency that gives who asks."""
    routes = RoomRouter(prefix="/drain", tags=["hotline"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("")
    async def show(user: User) -> DrainView:
        return drain.seen_by(user)

    @routes.post("")
    async def change(user: User, body: DrainRequest) -> DrainView:
        """Begin or end it."""
        if body.on:
            return await drain.begin(user, body.op_id, body.within_s)
        return await drain.end(user, body.op_id)

    return routes
