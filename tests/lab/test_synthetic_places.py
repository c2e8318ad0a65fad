"""Invented positions and outlines are what their command makes, and lie where they say."""

from __future__ import annotations

import csv
import itertools
import json

from cases.gazetteer.lines import meeting_point, write_lines
from cases.gazetteer.loading import SYNTHETIC, TABLES, load_gazetteer, rows
from cases.gazetteer.model import District, GazetteerPlace
from core.place import Position, distance_m
from lab.synthetic_places import CENTRES, DISC_M, OUTLINES, invented, is_road, outline


def test_the_shipped_positions_are_what_the_command_makes() -> None:
    with SYNTHETIC.open(encoding="utf-8", newline="") as file:
        shipped = {
            (row["name_zh"], row["kind"]): ((float(row["lon"]), float(row["lat"])), row["lines"])
            for row in csv.DictReader(file)
        }
    made = {
        (place.name_zh, place.kind): (point, "" if line is None else write_lines([line])[0])
        for place, point, line in invented(rows(TABLES / "places.csv", GazetteerPlace))
    }
    assert shipped == made
    assert len(shipped) == 266


def test_a_place_stands_near_the_centre_of_its_district() -> None:
    for place in load_gazetteer().places:
        if place.position is not None and len(place.districts) == 1:
            lon, lat = CENTRES[place.districts[0]]
            centre = Position(lon=lon, lat=lat, accuracy_m=1)
            ends = [point for line in place.lines for point in line]
            for lon, lat in [(place.position.lon, place.position.lat), *ends]:
                point = Position(lon=lon, lat=lat, accuracy_m=1)
                assert distance_m(centre, point) <= DISC_M + 5, place.name_zh


def test_a_road_and_a_street_of_one_district_cross_in_one_point_of_their_own() -> None:
    places = [one for one in load_gazetteer().places if one.kind == "street" and one.districts == ("230103",)]
    roads = [one for one in places if is_road(one.name_zh)]
    streets = [one for one in places if not is_road(one.name_zh)]
    assert len(roads) > 5
    assert len(streets) > 5
    points = []
    for road in roads:
        for street in streets:
            met = meeting_point(road.lines, street.lines)
            assert met is not None
            assert met == meeting_point(street.lines, road.lines)
            assert met[1] == 0.0
            points.append(Position(lon=met[0][0], lat=met[0][1], accuracy_m=1))
    for one, other in itertools.combinations(points[:200], 2):
        assert distance_m(one, other) > 50


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
