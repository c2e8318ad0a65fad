"""Outlines of cells for a map."""

from __future__ import annotations

from math import floor
from typing import Any, Final

from cases.beats.model import BeatIndex
from cases.grid.index import GridIndex
from cases.grid.model import CELL_M, GridArea, Polygon

MOST_DRAWN: Final = 4_000
Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def cells_within(grid: GridIndex, beats: BeatIndex, bounds: Bounds) -> list[dict[str, Any]] | None:
    """GeoJSON features of the cells there; None for more than `MOST_DRAWN`."""
    if not grid.areas:
        return []
    west, south, east, north = bounds
    corners = [grid.project(lon, lat) for lon in (west, east) for lat in (south, north)]
    columns = [floor(x / CELL_M) for x, _ in corners]
    rows = [floor(y / CELL_M) for _, y in corners]
    if (max(columns) - min(columns) + 1) * (max(rows) - min(rows) + 1) > MOST_DRAWN:
        return None
    return [
        _feature(grid, beats, area, index)
        for row in range(min(rows), max(rows) + 1)
        for column in range(min(columns), max(columns) + 1)
        for area, index in grid.cells_of(column, row)
    ]


def _feature(grid: GridIndex, beats: BeatIndex, area: GridArea, index: int) -> dict[str, Any]:
    cell_id = area.cell_id(index)
    beat = beats.of(cell_id)
    low = (area.columns[index] * CELL_M, area.rows[index] * CELL_M)
    high = (low[0] + CELL_M, low[1] + CELL_M)
    square: Polygon = [[low, (high[0], low[1]), high, (low[0], high[1])]]
    polygons = area.borders.get(index, [square])
    return {
        "type": "Feature",
        "properties": {
            "cell": cell_id,
            "beat": "" if beat is None else beat.beat_id,
            "name_zh": "" if beat is None else beat.name_zh,
            "name_en": "" if beat is None else beat.name_en or beat.name_zh,
        },
        "geometry": {
            "type": "MultiPolygon",
            "coordinates": [
                [[grid.degrees(*point) for point in (*ring, ring[0])] for ring in polygon]
                for polygon in polygons
            ],
        },
    }
