"""Finds the cell of a point: a search in a sorted array, and a polygon at borders. In memory, read only."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from math import floor

from cases.grid.model import CELL_M, EPSG, GridArea, GridCell, Point, Polygon
from core.place import Position

_ROW: int = 1 << 24
"""Columns are smaller, so that column and row make one number."""


class GridIndex:
    """Where two areas hold the same point, the one that is measured counts, then the smaller code."""

    def __init__(self, areas: Sequence[GridArea] = ()) -> None:
        self.areas = tuple(sorted(areas, key=lambda one: (one.synthetic, one.code)))
        self._by_code = {one.code: one for one in self.areas}
        keys = sorted(
            (row * _ROW + column, at, index)
            for at, area in enumerate(self.areas)
            for index, (column, row) in enumerate(zip(area.columns, area.rows, strict=True))
        )
        self._keys = array("q", (key for key, _, _ in keys))
        self._area = array("H", (at for _, at, _ in keys))
        self._index = array("I", (index for _, _, index in keys))

    @cached_property
    def project(self) -> Callable[[float, float], Point]:
        """From degrees, longitude first, to metres."""
        return _transform(4326, EPSG)

    @cached_property
    def degrees(self) -> Callable[[float, float], Point]:
        """From metres to degrees."""
        return _transform(EPSG, 4326)

    def at(self, position: Position) -> GridCell | None:
        """The cell of a point; None outside of all areas."""
        if not self._keys:
            return None
        east, north = self.project(position.lon, position.lat)
        return self.at_point(east, north)

    def at_point(self, east: float, north: float) -> GridCell | None:
        """As `at`, in metres of the projection."""
        if not (abs(east) < 1e8 and abs(north) < 1e8):  # not finite: the point is outside of the projection
            return None
        key = floor(north / CELL_M) * _ROW + floor(east / CELL_M)
        for area, index in self._at_key(key):
            border = area.borders.get(index)
            if border is None or any(inside(polygon, east, north) for polygon in border):
                return GridCell(area.cell_id(index), area.code, area.synthetic)
        return None

    def area_of(self, cell_id: str) -> GridArea | None:
        """The area with this cell; None for a cell that there is not."""
        for length in (12, 9, 6):
            area = self._by_code.get(cell_id[:length])
            if area is not None and area.index_of(cell_id) is not None:
                return area
        return None

    def cells_of(self, column: int, row: int) -> Iterator[tuple[GridArea, int]]:
        """The cells in one square: several where areas meet."""
        return self._at_key(row * _ROW + column)

    def _at_key(self, key: int) -> Iterator[tuple[GridArea, int]]:
        at = bisect_left(self._keys, key)
        while at < len(self._keys) and self._keys[at] == key:
            yield self.areas[self._area[at]], self._index[at]
            at += 1


def _transform(source: int, target: int) -> Callable[[float, float], Point]:
    from pyproj import Transformer  # noqa: PLC0415  (takes a second, and is of no use without a grid)

    found: Callable[[float, float], Point] = Transformer.from_crs(source, target, always_xy=True).transform
    return found


def inside(polygon: Polygon, east: float, north: float) -> bool:
    """Whether the point lies in the outer ring and in no hole."""
    return sum(_crosses(ring, east, north) for ring in polygon) % 2 == 1


def _crosses(ring: Sequence[Point], east: float, north: float) -> int:
    count, before = 0, ring[-1]
    for here in ring:
        if (here[1] > north) != (before[1] > north):
            share = (north - here[1]) / (before[1] - here[1])
            count += east < here[0] + share * (before[0] - here[0])
        before = here
    return count
