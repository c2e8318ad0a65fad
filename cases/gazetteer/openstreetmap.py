"""Places out of an OpenStreetMap extract (`.osm.pbf`), as a table that the import of places takes.

Named streets with their lines, and named bridges, parks, squares, stations, estates and landmarks. The rows
are OpenStreetMap's (ODbL) and say so. Read in a command; the service never opens such a file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cases.gazetteer.importer import COLUMNS
from cases.gazetteer.lines import MOST_LINES, MOST_POINTS, LonLat, Polyline, along, length_m, write_lines
from core.csv_table import TableUnreadable
from core.place import Position, distance_m

MOST_BYTES: Final = 512 * 1024 * 1024
SOURCE: Final = "OpenStreetMap (ODbL)"
SPOT_M: Final = 30.0
"""How well a point of the map is known."""
AREA_M: Final = 150.0
"""The middle of a park or an estate."""
TOGETHER_M: Final = 500.0
"""Ways of one name that are nearer than this are one street."""
_KEEP_M: Final = 5.0
"""How far a simplified line may leave the street."""
DistrictsOf = Callable[[LonLat], Sequence[str]]
"""Codes of the districts in which a point lies; empty where nobody knows."""

_KINDS: Final[Mapping[tuple[str, str], str]] = {
    ("man_made", "bridge"): "bridge", ("leisure", "park"): "park", ("leisure", "garden"): "park",
    ("place", "square"): "square", ("railway", "station"): "station",
    ("public_transport", "station"): "station",
    ("amenity", "bus_station"): "station", ("landuse", "residential"): "estate",
    ("place", "neighbourhood"): "estate", ("amenity", "hospital"): "landmark",
    ("amenity", "university"): "landmark", ("amenity", "school"): "landmark",
    ("amenity", "marketplace"): "landmark", ("amenity", "townhall"): "landmark",
    ("tourism", "museum"): "landmark", ("tourism", "attraction"): "landmark", ("shop", "mall"): "landmark",
    ("leisure", "stadium"): "landmark",
}  # fmt: skip


@dataclass(slots=True)
class _Found:
    name_en: str
    lines: list[Polyline] = field(default_factory=list)
    points: list[LonLat] = field(default_factory=list)
    area: bool = False


def read_extract(path: Path, districts_of: DistrictsOf) -> bytes:
    """The table as CSV. Raises `TableUnreadable`, `OSError`."""
    import osmium  # noqa: PLC0415  (for this command alone)

    if path.stat().st_size > MOST_BYTES:
        raise TableUnreadable(f"larger than {MOST_BYTES >> 20} MB", remedy="cut the city out: osmium extract")
    found: dict[tuple[str, str], _Found] = {}
    try:
        wanted = osmium.osm.NODE | osmium.osm.WAY
        for one in osmium.FileProcessor(str(path), wanted).with_locations():
            _take(one, found)
    except RuntimeError as error:
        raise TableUnreadable(
            f"it is no OpenStreetMap extract: {error}", remedy="take an .osm.pbf file"
        ) from error
    if not found:
        raise TableUnreadable("it has no named street or place", remedy="take an extract of the city")
    into = io.StringIO(newline="")
    writer = csv.DictWriter(into, list(COLUMNS), lineterminator="\n")
    writer.writeheader()
    for (name, kind), place in sorted(found.items()):
        writer.writerow(_row(name, kind, place, districts_of))
    return into.getvalue().encode()


def _take(one: Any, found: dict[tuple[str, str], _Found]) -> None:
    tags = one.tags
    name = (tags.get("name:zh") or tags.get("name") or "").strip()
    kind = _kind(tags)
    if kind is None or not 2 <= len(name) <= 60:
        return
    if one.is_node():
        points = [(round(one.lon, 6), round(one.lat, 6))]
    else:
        points = [(round(node.lon, 6), round(node.lat, 6)) for node in one.nodes if node.location.valid()]
    place = found.setdefault((name, kind), _Found((tags.get("name:en") or "")[:120]))
    if kind == "street":
        if len(points) >= 2:
            place.lines.append(tuple(points))
    elif points:
        place.points.append(_middle(points))
        place.area = place.area or len(points) > 1


def _kind(tags: Any) -> str | None:
    if "highway" in tags:
        return "street" if tags.get("highway") not in {"bus_stop", "platform", "proposed"} else None
    return next((kind for (key, value), kind in _KINDS.items() if tags.get(key) == value), None)


def _row(name: str, kind: str, place: _Found, districts_of: DistrictsOf) -> dict[str, object]:
    lines = _one_street(place.lines)
    point: LonLat | None = None
    accuracy = AREA_M if place.area else SPOT_M
    if lines:
        point = along(max(lines, key=length_m), 0.5)
        accuracy = max(SPOT_M, round(max(_metres(point, end) for line in lines for end in line)))
    elif place.points:
        point = place.points[0]
    inside = [point, *(end for line in lines for end in (line[0], line[-1]))] if point is not None else []
    codes = sorted({code for at in inside for code in districts_of(at)})
    return {
        "name_zh": name, "name_en": place.name_en, "kind": kind, "districts": ";".join(codes),
        "lon": "" if point is None else point[0], "lat": "" if point is None else point[1],
        "accuracy_m": accuracy, "source": SOURCE, "lines": ";".join(write_lines(lines)),
    }  # fmt: skip


def _one_street(lines: Sequence[Polyline]) -> list[Polyline]:
    """The longest of the streets that share a name, simplified to what a table keeps."""
    import shapely  # noqa: PLC0415

    groups: list[list[Polyline]] = []
    for line in lines:
        near = [group for group in groups if any(_together(line, other) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([line, *(one for group in near for one in group)])
    if not groups:
        return []
    street = max(groups, key=lambda group: sum(map(length_m, group)))
    street = sorted(street, key=length_m, reverse=True)[:MOST_LINES]
    tolerance = _KEEP_M
    while True:
        simple = [
            tuple(
                (float(x), float(y))
                for x, y in shapely.simplify(shapely.linestrings(line), tolerance / 111_320).coords
            )
            for line in street
        ]
        if sum(map(len, simple)) <= MOST_POINTS:
            return simple
        tolerance *= 2


def _together(one: Polyline, other: Polyline) -> bool:
    return any(_metres(a, b) <= TOGETHER_M for a in _ends(one) for b in _ends(other))


def _ends(line: Polyline) -> Iterator[LonLat]:
    yield line[0]
    yield line[len(line) // 2]
    yield line[-1]


def _middle(points: Sequence[LonLat]) -> LonLat:
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    return round((west + east) / 2, 6), round((south + north) / 2, 6)


def _metres(a: LonLat, b: LonLat) -> float:
    one = Position(lon=a[0], lat=a[1], accuracy_m=1)
    return distance_m(one, Position(lon=b[0], lat=b[1], accuracy_m=1))
