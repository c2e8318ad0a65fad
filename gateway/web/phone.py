"""`GET /phone`: the account of the signed-in person's own telephone; `GET /unit/config`: where the broker is.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside `router`.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from core.actor import Actor
from core.routes import RoomRouter
from gateway.web import rights
from gateway.web.turn import IceServer


class PhoneAccount(BaseModel):
    """What a SIP client needs to register. The secret is the endpoint's own and opens nothing else.

    `ws_url` is empty for who has no telephone in the browser.
    """

    endpoint: str = ""
    uri: str = ""
    ws_url: str = ""
    user: str = ""
    password: str = ""
    realm: str = ""
    ice_servers: list[IceServer] = []


class UnitConfig(BaseModel):
    """`wechat`: crews may bind their WeChat."""

    mqtt_ws_url: str
    tenant: str
    wechat: bool = False


PhoneOf = Callable[[str, Request], Awaitable[PhoneAccount]]
"""Of a person, for the session of a request."""


def router(
    current_user: Callable[[Request], Awaitable[Actor]], phone_of: PhoneOf, unit: UnitConfig
) -> APIRouter:
    routes = RoomRouter(tags=["phone"])

    @routes.get("/phone")
    async def phone(request: Request, actor: Annotated[Actor, Depends(current_user)]) -> PhoneAccount:
        rights.OWN_PHONE.check(actor)
        return await phone_of(actor.id, request)

    @routes.get("/unit/config")
    async def unit_config() -> UnitConfig:
        return unit

    return routes
