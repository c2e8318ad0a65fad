"""Coordinate reference systems as files name them. Axes are always east before north, as files have them."""

from __future__ import annotations

from typing import Any, Final

from sensing.patches.reading.limits import PatchesUnreadable

MOST_WKT: Final = 20_000
REMEDY: Final = "name its reference system: --crs EPSG:4490"


def crs_of(text: str) -> Any:
    """A pyproj CRS of a name, an EPSG code or WKT. Raises `PatchesUnreadable`."""
    from pyproj import CRS  # noqa: PLC0415  (takes a second)
    from pyproj.exceptions import CRSError  # noqa: PLC0415

    text = text.strip()
    # `+proj` and JSON could name files with grids; nobody writes patches so.
    if not text or len(text) > MOST_WKT or text.startswith(("+", "{")) or "PROJ4_GRIDS" in text:
        raise PatchesUnreadable("it has no usable reference system", remedy=REMEDY)
    try:
        found = CRS.from_user_input(text)
    except (CRSError, ValueError, RecursionError) as error:
        raise PatchesUnreadable(f"nobody knows its reference system {text[:60]!r}", remedy=REMEDY) from error
    if not (found.is_geographic or found.is_projected):
        raise PatchesUnreadable(f"{found.name[:60]} is no system of the ground", remedy=REMEDY)
    return found
