"""Which recipients a warning concerns: those whose place of responsibility it touches. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from warning.area import KM_OF_DEGREE, WarningArea
from warning.cap.model import CapCircle, Point
from warning.recipients.model import Recipient, RecipientArea

Outline = Sequence[Sequence[Point]]
"""An outer ring and its holes."""
CORNERS: Final = 64
"""Of a circle as a polygon."""


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    """Outlines of districts by their codes, centres of cells of beats by the beats' ids."""

    districts: Mapping[str, Sequence[Outline]] = field(default_factory=dict)
    beats: Mapping[str, Sequence[Point]] = field(default_factory=dict)


def beats_of(recipients: Iterable[Recipient]) -> frozenset[str]:
    return frozenset(beat for one in recipients for beat in one.area.beats)


def concerned(recipients: Sequence[Recipient], area: WarningArea, places: KnownPlaces) -> list[Recipient]:
    """Those of a district that the warning names, and those whose place it touches."""
    # Takes half a second to import, and is needed for no call.
    import shapely  # noqa: PLC0415

    shape = _shape(area, places, shapely)
    shapely.prepare(shape)
    codes = {code for one in recipients for code in one.area.districts}
    touched = [
        code
        for code, outlines in places.districts.items()
        if shapely.intersects(shape, _outlines(outlines, shapely))
    ]
    told = {code for code in codes if any(_covers(code, one) for one in (*area.codes, *touched))}
    told |= {code for code in codes if area.holds_in(code)}

    def holds(where: RecipientArea) -> bool:
        return (
            any(code in told for code in where.districts)
            or any(shapely.intersects(shape, _polygon([ring], shapely)) for ring in where.polygons)
            or any(_any_within(shape, places.beats.get(beat, ()), shapely) for beat in where.beats)
        )

    return [one for one in recipients if holds(one.area)]


def _covers(code: str, district: str) -> bool:
    """Whether a recipient's code is this district's, or that of what it lies in."""
    return WarningArea(codes=(code,)).holds_in(district)


def _shape(area: WarningArea, places: KnownPlaces, shapely: Any) -> Any:
    named = [outlines for code, outlines in places.districts.items() if area.holds_in(code)]
    parts = [
        *(_polygon([ring], shapely) for ring in area.polygons),
        *(_polygon([_circle(one)], shapely) for one in area.circles),
        *(_outlines(outlines, shapely) for outlines in named),
    ]
    return shapely.union_all(parts)


def _outlines(outlines: Collection[Outline], shapely: Any) -> Any:
    return shapely.union_all([_polygon(one, shapely) for one in outlines])


def _polygon(rings: Outline, shapely: Any) -> Any:
    """Also of rings that cross themselves."""
    outer, *holes = rings
    return shapely.make_valid(shapely.Polygon(outer, holes))


def _any_within(shape: Any, points: Sequence[Point], shapely: Any) -> bool:
    return len(points) > 0 and bool(shapely.intersects(shape, shapely.points(points)).any())


def _circle(circle: CapCircle) -> list[Point]:
    """A point for a circle without extent is still somewhere: a metre."""
    high = max(circle.km, 0.001) / KM_OF_DEGREE
    wide = high / max(math.cos(math.radians(circle.lat)), 0.01)
    turns = [2 * math.pi * corner / CORNERS for corner in range(CORNERS)]
    ring = [(circle.lon + wide * math.cos(turn), circle.lat + high * math.sin(turn)) for turn in turns]
    return [*ring, ring[0]]
