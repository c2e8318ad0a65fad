"""The routes of the desk's map: which tiles there are, their bytes by ranges, outlines of districts."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel

from core.actor import Actor
from core.routes import RoomRouter
from field import rights
from field.map.store import MapFiles, StoredMap

TILES = "application/vnd.pmtiles"


class MapView(BaseModel):
    """`bounds` is west, south, east, north in degrees; `tile_type`: mvt (vector), png, jpeg or webp."""

    name: str
    size: int
    tile_type: str
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float]


class MapList(BaseModel):
    maps: list[MapView]


class DistrictOutlines(BaseModel):
    """GeoJSON. Each feature has `name_zh`, `name_en`, `code`; `synthetic`: the outline is invented."""

    type: str
    features: list[dict[str, Any]]


def router(files: MapFiles, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = RoomRouter(prefix="/map", tags=["map"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("/tiles")
    async def maps(actor: User) -> MapList:
        rights.SEE_MAP.check(actor)
        return MapList(maps=[_view(one) for one in await asyncio.to_thread(files.maps)])

    @routes.get("/tiles/{name}")
    async def tiles(actor: User, name: str) -> FileResponse:
        """The archive; `Range` gives a part of it."""
        rights.SEE_MAP.check(actor)
        return FileResponse(
            files.path(name), media_type=TILES, headers={"Cache-Control": "private, no-cache"}
        )

    @routes.get("/districts")
    async def districts(actor: User) -> DistrictOutlines:
        rights.SEE_MAP.check(actor)
        return DistrictOutlines.model_validate(await asyncio.to_thread(files.districts))

    return routes


def _view(one: StoredMap) -> MapView:
    head = one.header
    return MapView(
        name=one.name, size=one.size, tile_type=head.tile_type,
        min_zoom=head.min_zoom, max_zoom=head.max_zoom, bounds=head.bounds,
    )  # fmt: skip
