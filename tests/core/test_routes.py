"""Routes of rooms are analysed when they are first asked, and answer and are described as FastAPI's are."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Response, WebSocket
from fastapi.exceptions import FastAPIError
from pydantic import BaseModel
from starlette.requests import Request
from starlette.routing import BaseRoute

from core.routes import DeferredRoute, RoomRouter, add_routes


class WellBody(BaseModel):
    depth: int


class WellView(BaseModel):
    well: str
    depth: int


def wells(routes: APIRouter) -> APIRouter:
    @routes.get("/wells/all")
    async def everything(most: int = 2) -> list[WellView]:
        """All wells."""
        return [WellView(well=str(number), depth=number) for number in range(most)]

    @routes.post("/wells/{well}", status_code=201)
    async def dig(well: str, body: WellBody) -> WellView:
        """Dig a well."""
        return WellView(well=well, depth=body.depth)

    @routes.delete("/wells/{well}", include_in_schema=False)
    async def fill(well: str, response: Response) -> None:
        response.headers["x-well"] = well

    return routes


def service(routes: APIRouter) -> FastAPI:
    async def admit(request: Request) -> None:
        request.state.admitted = True

    app = FastAPI(dependencies=[Depends(admit)])
    add_routes(app.router, routes, "/api")
    return app


def analysed(app: FastAPI) -> list[str]:
    return [route.path for route in app.routes if isinstance(route, DeferredRoute) and "app" in vars(route)]


async def test_a_route_is_analysed_when_it_is_first_asked() -> None:
    app = service(wells(RoomRouter(tags=["wells"])))
    assert analysed(app) == []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/api/well")).status_code == 404
        assert (await client.put("/api/wells/7")).status_code == 405
        assert analysed(app) == []
        dug = await client.post("/api/wells/7", json={"depth": 3})
        assert (dug.status_code, dug.json()) == (201, {"well": "7", "depth": 3})
        assert len(analysed(app)) == 1
        assert (await client.post("/api/wells/7", json={"depth": "deep"})).status_code == 422
        assert (await client.get("/api/wells/all", params={"most": 1})).json() == [{"well": "0", "depth": 0}]
        assert (await client.delete("/api/wells/9")).headers["x-well"] == "9"
    assert len(analysed(app)) == 3


def test_it_is_described_as_a_route_of_fastapi_is() -> None:
    described = service(wells(RoomRouter(tags=["wells"]))).openapi()
    assert described == service(wells(APIRouter(tags=["wells"]))).openapi()
    assert described["paths"]["/api/wells/{well}"]["post"]["tags"] == ["wells"]


async def test_included_routes_keep_their_class_and_get_the_tags_of_both() -> None:
    asked: list[str] = []

    class ToldRoute(DeferredRoute):
        def get_route_handler(self) -> Any:
            asked.append(self.path)
            return super().get_route_handler()

    outer = RoomRouter(tags=["city"])
    add_routes(outer, wells(RoomRouter(route_class=ToldRoute, tags=["wells"])))
    app = service(outer)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/api/wells/all")).status_code == 200
    assert asked == ["/api/wells/all"]
    assert app.openapi()["paths"]["/api/wells/all"]["get"]["tags"] == ["city", "wells"]


async def test_fastapi_can_include_them_too() -> None:
    app = FastAPI()
    app.include_router(wells(RoomRouter()), prefix="/api")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/api/wells/all", params={"most": 1})).json() == [{"well": "0", "depth": 0}]


def test_a_socket_of_a_room_is_served() -> None:
    routes = RoomRouter()

    @routes.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()

    assert [getattr(route, "path", "") for route in service(routes).routes][-1:] == ["/api/live"]


def test_an_endpoint_that_cannot_be_analysed_fails_each_time_it_is_asked() -> None:
    routes = RoomRouter()

    @routes.get("/wells")
    async def wrong() -> BaseRoute:
        raise AssertionError

    app = service(routes)
    for _ in range(2):
        with pytest.raises(FastAPIError, match="Invalid args for response field"):
            app.openapi()
