"""`GET /board`: the live figures; nothing personal is in them."""

from typing import Annotated

from fastapi import APIRouter, Depends

from core.actor import Actor
from core.routes import RoomRouter
from hotline import rights
from hotline.events import BoardView
from hotline.metrics.service import LiveBoard
from hotline.ports import CurrentUser


def router(board: LiveBoard, current_user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["board"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("/board")
    async def show(user: User) -> BoardView:
        rights.SEE_BOARD.check(user)
        return board.view(user)

    return routes
