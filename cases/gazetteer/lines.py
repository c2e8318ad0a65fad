"""Streets as lines of points: where two of them meet, and a point along one. Pure; degrees of WGS-84.

Distances are metres on a plane that touches the earth at the first point: exact enough within a city.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from math import cos, hypot, radians
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

LonLat = tuple[float, float]
Polyline = tuple[LonLat, ...]

DEGREE_M: Final = 111_320.0
"""Metres of a degree of latitude."""
MOST_LINES: Final = 40
MOST_POINTS: Final = 200
"""Of all lines of one street."""
_Segment = tuple[LonLat, LonLat]


def parse_lines(cells: object) -> object:
    """`lon/lat|lon/lat` for each line, as a table's cell writes it; anything else is left to the type."""
    if not isinstance(cells, tuple | list) or not all(isinstance(one, str) for one in cells):
        return cells
    lines = tuple(tuple(_point(text) for text in one.split("|")) for one in cells)
    if len(lines) > MOST_LINES or sum(map(len, lines)) > MOST_POINTS:
        raise ValueError(f"a street has at most {MOST_LINES} lines of {MOST_POINTS} points in all")
    if any(len(line) < 2 for line in lines):
        raise ValueError("a line has two points or more")
    return lines


def _point(text: str) -> LonLat:
    parts = text.split("/")
    if len(parts) != 2:
        raise ValueError("a point is its longitude and latitude in degrees: 126.65/45.75")
    lon, lat = (float(part) for part in parts)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError("a point is not in degrees")
    return lon, lat


def write_lines(lines: Sequence[Polyline]) -> list[str]:
    """As `parse_lines` reads them."""
    return ["|".join(f"{lon}/{lat}" for lon, lat in line) for line in lines]


StreetLines = Annotated[
    tuple[Polyline, ...],
    BeforeValidator(parse_lines),
    PlainSerializer(write_lines),
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "title": "Lines"}),
]
"""The lines of one street; text in tables and JSON."""


def meeting_point(one: Sequence[Polyline], other: Sequence[Polyline]) -> tuple[LonLat, float] | None:
    """Where two streets meet, and how many metres lie between them there: 0 where they cross, else the middle
    of where they are nearest to each other. The same in either order; None without lines.
    """
    if not any(one) or not any(other):
        return None
    shrink = cos(radians(one[0][0][1]))
    best: tuple[float, LonLat] | None = None
    for first in _segments(one):
        for second in _segments(other):
            found = _between(first, second, shrink)
            if best is None or found < best:
                best = found
            if best[0] == 0:
                return _rounded(best[1]), 0.0
    return None if best is None else (_rounded(best[1]), best[0])


def length_m(line: Polyline) -> float:
    """How long it is."""
    shrink = cos(radians(line[0][1]))
    return sum(_metres(first, second, shrink) for first, second in itertools.pairwise(line))


def along(line: Polyline, share: float) -> LonLat:
    """The point after this share (0 to 1) of the line's length."""
    shrink = cos(radians(line[0][1]))
    pieces = [(first, second, _metres(first, second, shrink)) for first, second in itertools.pairwise(line)]
    left = sum(length for _, _, length in pieces) * min(max(share, 0.0), 1.0)
    for first, second, length in pieces:
        if left <= length and length > 0:
            part = left / length
            return _rounded(
                (first[0] + part * (second[0] - first[0]), first[1] + part * (second[1] - first[1]))
            )
        left -= length
    return line[-1]


def _segments(lines: Sequence[Polyline]) -> Iterator[_Segment]:
    for line in lines:
        yield from itertools.pairwise(line)


def _between(first: _Segment, second: _Segment, shrink: float) -> tuple[float, LonLat]:
    """Metres between two segments, and the middle of where they are nearest."""
    crossing = _crossing(first, second)
    if crossing is not None:
        return 0.0, crossing
    pairs = [
        *((point, _nearest(point, second, shrink)) for point in first),
        *((point, _nearest(point, first, shrink)) for point in second),
    ]
    return min((_metres(a, b, shrink), _rounded(((a[0] + b[0]) / 2, (a[1] + b[1]) / 2))) for a, b in pairs)


def _crossing(first: _Segment, second: _Segment) -> LonLat | None:
    (ax, ay), (bx, by) = first
    (cx, cy), (dx, dy) = second
    turn = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    if turn == 0:
        return None
    part = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / turn
    other = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / turn
    if not (0 <= part <= 1 and 0 <= other <= 1):
        return None
    return ax + part * (bx - ax), ay + part * (by - ay)


def _nearest(point: LonLat, segment: _Segment, shrink: float) -> LonLat:
    (ax, ay), (bx, by) = segment
    dx, dy = (bx - ax) * shrink, by - ay
    length = dx * dx + dy * dy
    if length == 0:
        return ax, ay
    part = ((point[0] - ax) * shrink * dx + (point[1] - ay) * dy) / length
    part = min(max(part, 0.0), 1.0)
    return ax + part * (bx - ax), ay + part * (by - ay)


def _metres(a: LonLat, b: LonLat, shrink: float) -> float:
    return hypot((b[0] - a[0]) * shrink, b[1] - a[1]) * DEGREE_M


def _rounded(point: LonLat) -> LonLat:
    """To a decimetre, so that both orders give the same."""
    return round(point[0], 6), round(point[1], 6)
