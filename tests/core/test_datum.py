"""GCJ-02 and WGS-84: against values of two published libraries, and there and back everywhere in China."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datum import DatumPoint
from core.place import Position, distance_m

PUBLISHED = [
    # eviltransform's and prcoords' own test values: WGS-84, GCJ-02 (latitude, longitude).
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]


def metres(one: DatumPoint, other: DatumPoint) -> float:
    points = (Position(lon=each.lon, lat=each.lat, accuracy_m=1) for each in (one, other))
    return distance_m(*points)


@pytest.mark.parametrize(("wgs", "gcj"), PUBLISHED)
def test_a_point_is_moved_as_published_libraries_move_it(
    wgs: tuple[float, float], gcj: tuple[float, float]
) -> None:
    moved = DatumPoint(wgs[1], wgs[0], "WGS-84").gcj02()
    assert (moved.lat, moved.lon) == pytest.approx(gcj, abs=1e-9)
    back = moved.wgs84()
    assert (back.lat, back.lon) == pytest.approx(wgs, abs=1e-8)


def test_in_harbin_both_are_half_a_kilometre_apart() -> None:
    given_point = DatumPoint(126.6424, 45.7567, "GCJ-02")
    assert 400 < metres(given_point, given_point.wgs84()) < 700


@given(st.floats(74, 135), st.floats(18, 53.5))
def test_there_and_back_is_the_same_point(lon: float, lat: float) -> None:
    point = DatumPoint(lon, lat, "WGS-84")
    assert metres(point.gcj02().wgs84(), point) < 0.01


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_every_point_of_the_earth_has_one(lon: float, lat: float) -> None:
    found = DatumPoint(lon, lat, "GCJ-02").wgs84()
    assert found.datum == "WGS-84"
    assert found.wgs84() == found, "what is WGS-84 stays where it is"


def test_outside_china_nothing_is_moved() -> None:
    for lon, lat in ((2.35, 48.85), (-73.9, 40.7)):
        point = DatumPoint(lon, lat, "GCJ-02").wgs84()
        assert (point.lon, point.lat) == (lon, lat)
