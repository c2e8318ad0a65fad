"""Positions for the gazetteer's places and outlines for its districts, for a service that has no survey yet.

    python -m lab.synthetic_places

Both are invented, and both say so. A place stands at a point that depends on its name alone, inside the disc
around the centre of its district; where the district's centre is, is general knowledge (the seat of its
government, to a few hundred metres). A street is a line across that disc: roads (路, 大道) run from west to
east, all others from north to south, each in a lane of its own, so that a road and a street of one district
meet at exactly one point. A street of two districts runs through the discs of both. An outline is the part
of the prefecture that is nearer to this centre than to any other. Nobody may be sent by them: they are there
so that distances, the map and the rules that need a position can be tried before the city's own places are
imported.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Final

from cases.gazetteer.lines import Polyline, along, write_lines
from cases.gazetteer.loading import SYNTHETIC, TABLES, rows
from cases.gazetteer.model import District, GazetteerPlace
from lab.paths import CHECKOUT

CENTRES: Final = {
    "230102": (126.617, 45.756), "230103": (126.669, 45.760), "230104": (126.649, 45.792),
    "230108": (126.638, 45.598), "230109": (126.510, 45.803), "230110": (126.663, 45.708),
    "230111": (126.588, 45.889), "230112": (126.958, 45.548), "230113": (126.313, 45.383),
    "230123": (129.568, 46.326), "230124": (128.830, 45.852), "230125": (127.467, 45.745),
    "230126": (127.403, 46.087), "230127": (128.043, 45.950), "230128": (128.746, 45.990),
    "230129": (128.332, 45.452), "230183": (128.010, 45.210), "230184": (127.167, 44.932),
}  # fmt: skip
"""Longitude and latitude in degrees, WGS-84."""
PREFECTURE: Final = [
    (125.7, 45.1), (126.4, 44.6), (127.6, 44.1), (128.6, 44.7), (129.6, 45.4), (130.2, 46.2), (129.7, 46.6),
    (128.4, 46.5), (127.2, 46.5), (126.4, 46.3), (125.8, 45.9),
]  # fmt: skip
"""Roughly the shape of Harbin."""
DISC_M: Final = 2_500.0
"""How far from its district's centre a place may stand."""
SQUARE_M: Final = 1_700.0
"""Half the side of the square inside the disc that the streets of a district cross."""
OUTLINES: Final = CHECKOUT / "field/map/data/districts.json"
_DEGREE_M: Final = 111_320.0

Point = tuple[float, float]


def place_position(place: GazetteerPlace) -> Point | None:
    """Longitude and latitude; None for a place of no district."""
    centres = [CENTRES[code] for code in place.districts]
    if not centres:
        return None
    lon, lat = (sum(axis) / len(centres) for axis in zip(*centres, strict=True))
    digest = _digest(place)
    far, turn = (int.from_bytes(digest[at : at + 8]) / 2**64 for at in (0, 8))
    metres, angle = DISC_M * math.sqrt(far), 2 * math.pi * turn
    return _moved((lon, lat), metres * math.cos(angle), metres * math.sin(angle))


def invented(
    places: Sequence[GazetteerPlace],
) -> list[tuple[GazetteerPlace, Point, Polyline | None]]:
    """The places without a measured position, each with its point, and a street with its line."""
    lines = street_lines(places)
    found = []
    for place in places:
        line = lines.get(place.name_zh) if place.kind == "street" else None
        point = place_position(place) if line is None else along(line, 0.5)
        if place.position is None and point is not None:
            found.append((place, point, line))
    return found


def street_lines(places: Sequence[GazetteerPlace]) -> Mapping[str, Polyline]:
    """The line of each street that lies in a district, by name."""
    streets = [one for one in places if one.kind == "street" and one.districts]
    lanes: dict[tuple[str, bool], list[GazetteerPlace]] = {}
    for one in sorted(streets, key=_digest):
        for code in one.districts:
            lanes.setdefault((code, is_road(one.name_zh)), []).append(one)
    return {one.name_zh: _line(one, lanes) for one in streets}


def is_road(name: str) -> bool:
    """Whether it runs from west to east."""
    return name.endswith(("路", "道"))


def _line(street: GazetteerPlace, lanes: Mapping[tuple[str, bool], Sequence[GazetteerPlace]]) -> Polyline:
    road = is_road(street.name_zh)
    points: list[Point] = []
    for code in sorted(street.districts, key=lambda one: CENTRES[one][0 if road else 1]):
        beside = lanes[code, road]
        across = SQUARE_M * (2 * (beside.index(street) + 0.5) / len(beside) - 1)
        ends = [(end, across) if road else (across, end) for end in (-SQUARE_M, SQUARE_M)]
        points.extend(_moved(CENTRES[code], *end) for end in ends)
    return tuple(points)


def _digest(place: GazetteerPlace) -> bytes:
    return hashlib.sha256(f"{place.kind} {place.name_zh}".encode()).digest()


def _moved(point: Point, east: float, north: float) -> Point:
    lon, lat = point
    return (
        round(lon + east / (_DEGREE_M * math.cos(math.radians(lat))), 5),
        round(lat + north / _DEGREE_M, 5),
    )


def outline(code: str) -> list[Point]:
    """A closed ring, against the clock."""
    ring = list(PREFECTURE)
    for other in CENTRES:
        if other != code:
            ring = _nearer(ring, CENTRES[code], CENTRES[other])
    return [*ring, ring[0]]


def _nearer(ring: list[Point], mine: Point, other: Point) -> list[Point]:
    """The part of a convex ring that is nearer to `mine`."""
    shrink = math.cos(math.radians(mine[1]))

    def side(point: Point) -> float:
        return sum(
            ((point[axis] - other[axis]) ** 2 - (point[axis] - mine[axis]) ** 2)
            * (shrink**2 if axis == 0 else 1)
            for axis in (0, 1)
        )

    kept: list[Point] = []
    for here, there in zip(ring, [*ring[1:], ring[0]], strict=True):
        a, b = side(here), side(there)
        if a >= 0:
            kept.append(here)
        if a * b < 0:
            share = a / (a - b)
            kept.append(
                (
                    round(here[0] + share * (there[0] - here[0]), 5),
                    round(here[1] + share * (there[1] - here[1]), 5),
                )
            )
    return kept


def main() -> None:
    """Write both files."""
    with SYNTHETIC.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name_zh", "kind", "lon", "lat", "synthetic", "lines"])
        for place, point, line in invented(rows(TABLES / "places.csv", GazetteerPlace)):
            drawn = "" if line is None else write_lines([line])[0]
            writer.writerow([place.name_zh, place.kind, *point, "true", drawn])
    features = [
        {
            "type": "Feature",
            "properties": {
                "code": district.code, "name_zh": district.name_zh, "name_en": district.name_en,
                "synthetic": True,
            },
            "geometry": {"type": "Polygon", "coordinates": [outline(district.code)]},
        }
        for district in rows(TABLES / "districts.csv", District)
    ]  # fmt: skip
    OUTLINES.parent.mkdir(parents=True, exist_ok=True)
    document = {"type": "FeatureCollection", "features": features}
    OUTLINES.write_text(json.dumps(document, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
