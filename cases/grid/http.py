"""Routes of cells and beats."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from cases import rights
from cases.area_class import AreaClass
from cases.beats.model import Beat
from cases.grid.outline import cells_within
from cases.grid.service import CaseGrid
from cases.ports import CurrentUser
from core.actor import Actor
from core.place import Position
from core.routes import RoomRouter


class GridAreaRow(BaseModel):
    """`without_beat` are cells of no beat; `synthetic`: of an invented outline."""

    code: str
    name_zh: str
    name_en: str
    cells: int
    without_beat: int
    synthetic: bool


class BeatRow(BaseModel):
    """`people` are users and `units` field units, by their ids; `area_class` None: the default counts."""

    beat_id: str
    name_zh: str
    name_en: str
    cells: int
    units: list[str]
    people: list[str]
    area_class: AreaClass | None = None


class GridAnswer(BaseModel):
    """The grid in use; `version` 0: there is none."""

    version: int
    made_at: datetime | None = None
    source: str = ""
    areas: list[GridAreaRow] = []
    beats: list[BeatRow] = []


class CellAnswer(BaseModel):
    """`cell` is empty outside of the grid; `area_class` is by the beat, else the default."""

    cell: str = ""
    district: str = ""
    street: str = ""
    beat: BeatRow | None = None
    area_class: AreaClass | None = None


class CellOutlines(BaseModel):
    """A GeoJSON FeatureCollection; `truncated`: there are more cells than are drawn, so none is."""

    type: str = "FeatureCollection"
    features: list[dict[str, Any]]
    truncated: bool = False


def beat_row(beat: Beat) -> BeatRow:
    """As it is answered."""
    return BeatRow(
        beat_id=beat.beat_id, name_zh=beat.name_zh, name_en=beat.name_en or beat.name_zh,
        cells=sum(last - first + 1 for first, last in beat.ranges()), units=list(beat.units),
        people=list(beat.people), area_class=beat.area_class or None,
    )  # fmt: skip


def grid_routes(grid: CaseGrid, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["reference"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/grid")
    async def in_use(actor: person) -> GridAnswer:
        """The areas of the grid and the beats."""
        rights.SEE_GRID.check(actor)
        areas = [(area, await asyncio.to_thread(grid.without_beat, area.code)) for area in grid.index.areas]
        made = next((one for one in await grid.versions() if one.number == grid.version), None)
        return GridAnswer(
            version=grid.version,
            made_at=None if made is None else made.made_at,
            source="" if made is None else made.source,
            areas=[
                GridAreaRow(
                    code=area.code, name_zh=area.name_zh, name_en=area.name_en, cells=len(area.columns),
                    without_beat=without, synthetic=area.synthetic,
                )
                for area, without in areas
            ],
            beats=[beat_row(one) for one in grid.beats.beats],
        )  # fmt: skip

    @routes.get("/grid/cell")
    async def at(
        actor: person,
        lon: Annotated[float, Query(ge=-180, le=180)],
        lat: Annotated[float, Query(ge=-90, le=90)],
    ) -> CellAnswer:
        """The cell and the beat of a point."""
        rights.SEE_GRID.check(actor)
        there = grid.at(Position(lon=lon, lat=lat, accuracy_m=1.0))
        if there is None:
            return CellAnswer(area_class=grid.area_class(None))
        beat = None if there.beat is None else beat_row(there.beat)
        return CellAnswer(
            cell=there.cell, district=there.district, street=there.street, beat=beat,
            area_class=grid.area_class(there.beat),
        )  # fmt: skip

    @routes.get("/grid/cells")
    async def cells(
        actor: person,
        west: Annotated[float, Query(ge=-180, le=180)],
        south: Annotated[float, Query(ge=-90, le=90)],
        east: Annotated[float, Query(ge=-180, le=180)],
        north: Annotated[float, Query(ge=-90, le=90)],
    ) -> CellOutlines:
        """Cells in a part of the map, each with its beat, for drawing."""
        rights.SEE_GRID.check(actor)
        found = cells_within(grid.index, grid.beats, (west, south, east, north))
        return CellOutlines(features=found or [], truncated=found is None)

    return routes
