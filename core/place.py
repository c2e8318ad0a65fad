"""Where something is: WGS-84 degrees, always with the accuracy in metres."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from pydantic import Field

from core.models import Frozen

_EARTH_RADIUS_M = 6_371_008.8


class Position(Frozen):
    """WGS-84 longitude and latitude in degrees; `accuracy_m` is the radius that holds the true point."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    accuracy_m: float = Field(gt=0)


def distance_m(a: Position, b: Position) -> float:
    """Great-circle distance in metres (haversine)."""
    d_lat, d_lon = radians(b.lat - a.lat), radians(b.lon - a.lon)
    h = sin(d_lat / 2) ** 2 + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(d_lon / 2) ** 2
    return 2 * _EARTH_RADIUS_M * asin(min(1.0, sqrt(h)))
