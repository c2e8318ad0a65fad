"""Outlines of patches as a map shows them: no finer than its pixels, and few points together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""
MOST_POINTS: Final = 40_000
PIXELS: Final = 2048
"""Of the longer side of a map: what is finer nobody sees."""


def drawn(outlines: Sequence[bytes], box: Box, most_points: int = MOST_POINTS) -> list[dict[str, Any]]:
    """GeoJSON of the first of these outlines (WKB) that have at most so many points together."""
    import shapely  # noqa: PLC0415  (takes half a second)

    west, south, east, north = box
    finest = max(east - west, north - south) / PIXELS
    shown: list[dict[str, Any]] = []
    points = 0
    for one in outlines:
        shape = shapely.from_wkb(bytes(one)).simplify(max(0.0, finest))
        points += shapely.get_num_coordinates(shape)
        if points > most_points:
            break
        shown.append(shapely.geometry.mapping(shape))
    return shown
