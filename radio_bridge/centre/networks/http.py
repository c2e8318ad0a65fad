"""How the networks of units are, over HTTP."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from core.actor import Actor
from core.routes import RoomRouter
from core.translation import gettext_lazy as _
from radio_bridge.centre.networks.board import NetworkBoard, NetworkStatus
from radio_bridge.events import NetworkSummary

SILENT: Final = _("the role radio has not said it for 90 s: see that it runs and reaches the broker")


class NetworkView(NetworkSummary):
    """`age_s` is how long ago the role `radio` said it, in seconds."""

    age_s: float


class NetworkList(BaseModel):
    networks: list[NetworkView]


def view(known: NetworkStatus) -> NetworkView:
    event = known.network
    return NetworkView(
        network=event.network,
        driver=event.driver,
        state="unknown" if known.silent else event.state,
        why=SILENT.in_language("en") if known.silent else event.why,
        why_zh=SILENT.in_language("zh") if known.silent else event.why_zh,
        links=[] if known.silent else event.links,
        can=event.can,
        lacks=event.lacks,
        age_s=round(known.age_s, 1),
    )


def router(board: NetworkBoard, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = RoomRouter(prefix="/networks", tags=["units"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("")
    async def networks(actor: User) -> NetworkList:
        """The networks that reach units: their state, and what each can and cannot do."""
        return NetworkList(networks=[view(known) for known in board.networks(actor)])

    return routes
