"""Invented positions and outlines are what their command makes, and lie where they say."""

from __future__ import annotations

import csv
import itertools
import json

from cases.gazetteer.loading import SYNTHETIC, TABLES, load_gazetteer, rows
from cases.gazetteer.model import District, GazetteerPlace
from core.place import Position, distance_m
from lab.synthetic_places import CENTRES, DISC_M, OUTLINES, outline, place_position


def test_the_shipped_positions_are_what_the_command_makes() -> None:
    with SYNTHETIC.open(encoding="utf-8", newline="") as file:
        shipped = {
            (row["name_zh"], row["kind"]): (float(row["lon"]), float(row["lat"]))
            for row in csv.DictReader(file)
        }
    made = {
        (place.name_zh, place.kind): point
        for place in rows(TABLES / "places.csv", GazetteerPlace)
        if (point := place_position(place)) is not None
    }
    assert shipped == made
    assert len(shipped) > 250


def test_a_place_stands_near_the_centre_of_its_district() -> None:
    for place in load_gazetteer().places:
        if place.position is not None and len(place.districts) == 1:
            lon, lat = CENTRES[place.districts[0]]
            centre = Position(lon=lon, lat=lat, accuracy_m=1)
            assert distance_m(centre, place.position) <= DISC_M + 5


def test_the_shipped_outlines_are_what_the_command_makes_and_hold_their_own_centre_alone() -> None:
    features = json.loads(OUTLINES.read_text(encoding="utf-8"))["features"]
    assert [one["properties"]["code"] for one in features] == [
        one.code for one in rows(TABLES / "districts.csv", District)
    ]
    for feature in features:
        (ring,) = feature["geometry"]["coordinates"]
        code = feature["properties"]["code"]
        assert feature["properties"]["synthetic"] is True
        assert [tuple(point) for point in ring] == outline(code)
        assert [other for other, centre in CENTRES.items() if _inside(centre, ring)] == [code]


def _inside(point: tuple[float, float], ring: list[list[float]]) -> bool:
    x, y = point
    crossings = 0
    for (x1, y1), (x2, y2) in itertools.pairwise(ring):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            crossings += 1
    return crossings % 2 == 1
