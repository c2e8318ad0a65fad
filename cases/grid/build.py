"""Computes cells from outlines in GeoJSON (RFC 7946). A district takes seconds: not for the event loop."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any, Final

import numpy as np

from cases.errors import GridUnreadable
from cases.grid.model import AREA_CODE, CELL_M, EPSG, GridArea, Polygon, digits_of

MOST_BYTES: Final = 64 * 1024 * 1024
MOST_AREAS: Final = 5_000
MOST_CELLS: Final = 1_000_000
MOST_BOXES: Final = 8_000_000
"""Cells of the square around one area, inside or not."""
LEAST_M2: Final = 1.0
"""Of an area in a cell; less comes from rounding."""
_TOO_MANY: Final = f"more than {MOST_CELLS} cells"
_FEWER: Final = "name districts: --district 230103"
_BAND: Final = 64
"""Rows that are computed together."""


@dataclass(frozen=True, slots=True)
class AreaOutline:
    """`geometry` is GeoJSON, in degrees of WGS-84."""

    code: str
    name_zh: str
    name_en: str
    synthetic: bool
    geometry: Mapping[str, Any]


def read_outlines(data: bytes, codes: Collection[str] = ()) -> list[AreaOutline]:
    """The outlines of a file; with `codes` those that begin with one of them. Raises `GridUnreadable`."""
    if len(data) > MOST_BYTES:
        raise GridUnreadable(f"larger than {MOST_BYTES >> 20} MB", remedy="simplify the outlines")
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise GridUnreadable("it is not JSON", remedy="save it as GeoJSON in UTF-8") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not 0 < len(features) <= MOST_AREAS:
        raise GridUnreadable(
            f"it is no FeatureCollection of 1 to {MOST_AREAS} features", remedy="see docs/places.md"
        )
    found = [_outline(feature, number) for number, feature in enumerate(features, start=1)]
    wanted = [one for one in found if not codes or any(one.code.startswith(code) for code in codes)]
    missing = [code for code in codes if not any(one.code.startswith(code) for one in wanted)]
    if missing:
        raise GridUnreadable(
            f"no outline of {', '.join(missing)}", remedy="its features have a code of 6 digits"
        )
    seen: set[str] = set()
    for one in wanted:
        if one.code in seen:
            raise GridUnreadable(f"{one.code} stands twice", remedy="make one MultiPolygon of them")
        seen.add(one.code)
    return wanted


def _outline(feature: object, number: int) -> AreaOutline:
    where = f"feature {number}"
    properties = feature.get("properties") if isinstance(feature, dict) else None
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(properties, dict) or not isinstance(geometry, dict):
        raise GridUnreadable(f"{where} has no properties or no geometry", remedy="see docs/places.md")
    code = str(properties.get("code") or properties.get("adcode") or "")
    if AREA_CODE.fullmatch(code) is None:
        raise GridUnreadable(
            f"{where} has no code", remedy="code: 6, 9 or 12 digits of GB/T 2260 and GB/T 10114"
        )
    if geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        raise GridUnreadable(f"{where} is no Polygon or MultiPolygon", remedy="export areas")
    name = str(properties.get("name_zh") or properties.get("name") or code)[:60]
    name_en = str(properties.get("name_en") or name)[:80]
    return AreaOutline(code, name, name_en, properties.get("synthetic") is True, geometry)


def build(outlines: Sequence[AreaOutline]) -> list[GridArea]:
    """The cells of all outlines. Raises `GridUnreadable`."""
    areas, cells = [], 0
    for outline in outlines:
        area = _build(outline)
        cells += len(area.columns)
        if cells > MOST_CELLS:
            raise GridUnreadable(f"they have {_TOO_MANY}", remedy=_FEWER)
        areas.append(area)
    return areas


def _build(outline: AreaOutline) -> GridArea:
    import shapely  # noqa: PLC0415  (takes half a second, and is of no use to the service)

    polygon = _projected(outline)
    if polygon.area > MOST_CELLS * CELL_M**2:
        raise GridUnreadable(f"{outline.code} has {_TOO_MANY}", remedy=_FEWER)
    columns: list[int] = []
    rows: list[int] = []
    borders: dict[int, Sequence[Polygon]] = {}
    west, south, east, north = polygon.bounds
    first, last = floor(west / CELL_M), ceil(east / CELL_M)
    bottom, top = floor(south / CELL_M), ceil(north / CELL_M)
    if (last - first) * (top - bottom) > MOST_BOXES:
        raise GridUnreadable(f"{outline.code} is too large", remedy="is it in degrees, longitude first?")
    for upper in range(top, bottom, -_BAND):
        lower = max(upper - _BAND, bottom)
        strip = shapely.box(west - 1, lower * CELL_M, east + 1, upper * CELL_M)
        band = shapely.intersection(polygon, strip)
        shapely.prepare(band)
        at = np.array(
            [(x, y) for y in range(upper - 1, lower - 1, -1) for x in range(first, last)], dtype=int
        )
        low = at * CELL_M
        boxes = shapely.box(low[:, 0], low[:, 1], low[:, 0] + CELL_M, low[:, 1] + CELL_M)
        whole = shapely.covers(band, boxes)
        touched = shapely.intersects(band, boxes) & ~whole
        parts = np.full(len(boxes), None, dtype=object)
        parts[touched] = shapely.intersection(band, boxes[touched])
        kept = whole.copy()
        kept[touched] = shapely.area(parts[touched]) >= LEAST_M2
        for where in np.flatnonzero(kept):
            if not whole[where]:
                borders[len(columns)] = list(_polygons(parts[where]))
            columns.append(int(at[where, 0]))
            rows.append(int(at[where, 1]))
    try:
        digits_of(outline.code, len(columns))
    except ValueError as error:
        raise GridUnreadable(str(error), remedy="divide it into streets or communities") from error
    return GridArea(outline.code, outline.name_zh, outline.name_en, outline.synthetic, columns, rows, borders)


def _projected(outline: AreaOutline) -> Any:
    import shapely  # noqa: PLC0415
    from pyproj import Transformer  # noqa: PLC0415

    try:
        polygon = shapely.from_geojson(json.dumps(outline.geometry))
        west, south, east, north = polygon.bounds
        if polygon.is_empty or not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise GridUnreadable(f"{outline.code} is not in degrees", remedy="WGS-84, longitude first")
        project = Transformer.from_crs(4326, EPSG, always_xy=True).transform
        moved = shapely.transform(
            polygon, lambda points: np.column_stack(project(points[:, 0], points[:, 1]))
        )
        if not np.isfinite(shapely.get_coordinates(moved)).all():
            raise GridUnreadable(
                f"{outline.code} lies outside of the projection", remedy="EPSG:4551 is for 120° to 132° E"
            )
        return moved if moved.is_valid else shapely.make_valid(moved)
    except (shapely.errors.ShapelyError, ValueError, TypeError) as error:
        raise GridUnreadable(f"{outline.code}: {error}", remedy="export it again as GeoJSON") from error


def _polygons(part: Any) -> Iterator[Polygon]:
    """The polygons of what is left of a cell; its lines and points are nothing."""
    for one in getattr(part, "geoms", [part]):
        if one.geom_type == "Polygon" and not one.is_empty:
            yield [
                [(round(float(x), 2), round(float(y), 2)) for x, y in list(ring.coords)[:-1]]
                for ring in (one.exterior, *one.interiors)
            ]
