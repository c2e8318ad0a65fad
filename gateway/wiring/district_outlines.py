"""The districts in which a point lies, by the outlines of the desk's map that the operator imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cases.grid.index import inside

LonLat = tuple[float, float]


def districts_within(outlines: Mapping[str, Any]) -> Callable[[LonLat], Sequence[str]]:
    """The codes of a point's districts; none where outlines are invented."""
    areas = [
        (str(one["properties"]["code"])[:6], polygon)
        for one in outlines["features"]
        if not one["properties"].get("synthetic") and one["properties"].get("code")
        for polygon in _polygons(one["geometry"])
    ]
    return lambda point: [code for code, polygon in areas if inside(polygon, *point)]


def outlines_of_districts(outlines: Mapping[str, Any]) -> dict[str, list[list[list[LonLat]]]]:
    """Polygons by a district's code, each an outer ring and its holes; without invented ones."""
    found: dict[str, list[list[list[LonLat]]]] = {}
    for one in outlines["features"]:
        code = str(one["properties"].get("code") or "")[:6]
        if code and not one["properties"].get("synthetic"):
            found.setdefault(code, []).extend(_polygons(one["geometry"]))
    return found


def _polygons(geometry: Mapping[str, Any]) -> list[list[list[LonLat]]]:
    areas = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[[(point[0], point[1]) for point in ring] for ring in area] for area in areas]
