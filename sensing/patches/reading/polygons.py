"""Polygons out of nested lists of coordinates, as GeoJSON and shapefiles have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

NO_AREA: Final = "it is no polygon"


def polygon(rings: Sequence[Any]) -> Any:
    """Raises `ValueError` for what is none."""
    import shapely  # noqa: PLC0415  (takes half a second)

    if not isinstance(rings, list | tuple):
        raise ValueError(NO_AREA)  # noqa: TRY004
    try:
        return (
            shapely.Polygon(_flat(rings[0]), [_flat(one) for one in rings[1:]])
            if rings
            else shapely.Polygon()
        )
    except (TypeError, ValueError, IndexError, KeyError, OverflowError, AttributeError) as error:
        raise ValueError("its rings are no lists of at least four points") from error
    except shapely.errors.ShapelyError as error:
        raise ValueError("its rings are not closed, or too short") from error


def multipolygon(parts: Sequence[Any]) -> Any:
    """Raises `ValueError` for what is none."""
    import shapely  # noqa: PLC0415

    if not isinstance(parts, list | tuple):
        raise ValueError(NO_AREA)  # noqa: TRY004
    found = [one for one in map(polygon, parts) if not one.is_empty]
    return found[0] if len(found) == 1 else shapely.MultiPolygon(found)


def _flat(ring: Any) -> list[tuple[float, float]]:
    """Points without heights."""
    found = []
    for point in ring:
        east, north = point[0], point[1]
        if type(east) not in {int, float} or type(north) not in {int, float}:
            raise TypeError
        found.append((float(east), float(north)))
    return found
