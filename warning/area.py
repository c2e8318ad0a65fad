"""Where a warning holds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from core.place import Position, distance_m
from warning.cap.model import CapArea, CapCircle, Point

Box = tuple[float, float, float, float]
"""West, south, east, north."""
KM_OF_DEGREE = 111.0
"""A degree of latitude is a little longer."""
DistrictsOf = Callable[[Point], Collection[str]]
"""The codes (GB/T 2260, six digits) of the districts in which a point lies."""


@dataclass(frozen=True, slots=True)
class WarningArea:
    """Polygons, circles, and districts by their codes: of a city (`230100`) or a province (`230000`) with all
    that is in it.
    """

    polygons: tuple[tuple[Point, ...], ...] = ()
    circles: tuple[CapCircle, ...] = ()
    codes: tuple[str, ...] = ()
    _boxes: tuple[Box, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_boxes", tuple(_box(ring) for ring in self.polygons))

    def holds(self, point: Point, districts_of: DistrictsOf) -> bool:
        """Whether it holds at this longitude and latitude."""
        return (
            any(
                _in_box(box, point) and _within(ring, point)
                for box, ring in zip(self._boxes, self.polygons, strict=True)
            )
            or any(_near(circle, point) for circle in self.circles)
            or (bool(self.codes) and any(self.holds_in(code) for code in districts_of(point)))
        )

    def holds_in(self, district: str) -> bool:
        """Whether a code of it names this district, or more."""
        return bool(district) and any(district.startswith(_beginning(code)) for code in self.codes)


def area_of(areas: Sequence[CapArea]) -> WarningArea:
    codes = [code.value for area in areas for code in area.geocodes]
    return WarningArea(
        tuple(ring for area in areas for ring in area.polygons),
        tuple(circle for area in areas for circle in area.circles),
        tuple(code[:6] for code in codes if len(code) >= 6 and code[:6].isascii() and code[:6].isdigit()),
    )


def _beginning(code: str) -> str:
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code


def _near(circle: CapCircle, point: Point) -> bool:
    if abs(circle.lat - point[1]) * KM_OF_DEGREE > circle.km:
        return False
    centre = Position(lon=circle.lon, lat=circle.lat, accuracy_m=1)
    return distance_m(centre, Position(lon=point[0], lat=point[1], accuracy_m=1)) <= circle.km * 1000


def _box(ring: Sequence[Point]) -> Box:
    east, north = (max(point[axis] for point in ring) for axis in (0, 1))
    return min(point[0] for point in ring), min(point[1] for point in ring), east, north


def _in_box(box: Box, point: Point) -> bool:
    west, south, east, north = box
    return west <= point[0] <= east and south <= point[1] <= north


def _within(ring: Sequence[Point], point: Point) -> bool:
    """By the number of edges that a line to the east crosses."""
    lon, lat = point
    inside = False
    for (lon1, lat1), (lon2, lat2) in pairwise(ring):
        if (lat1 > lat) != (lat2 > lat) and lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1:
            inside = not inside
    return inside
