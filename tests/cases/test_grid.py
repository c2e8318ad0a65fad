"""Cells of 100 m from outlines: each point has one, ids count from west to east and from north to south."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from cases.errors import GridUnreadable
from cases.grid import store
from cases.grid.build import build, read_outlines
from cases.grid.index import GridIndex
from cases.grid.model import CELL_M, EPSG, GridArea, digits_of
from cases.grid.service import CaseGrid, GridBuilder
from core.actor import Actor, Role
from core.place import Position
from core.storage import Storage
from tests.cases.parts.trail import RememberedTrail

ADMIN = Actor("root", "管理员", frozenset({Role.ADMIN}))
TO_DEGREES = Transformer.from_crs(EPSG, 4326, always_xy=True).transform
TO_METRES = Transformer.from_crs(4326, EPSG, always_xy=True).transform


def feature(code: str, *rings: list[tuple[float, float]], synthetic: bool = False) -> dict[str, Any]:
    """An outline in metres of the projection, as GeoJSON in degrees."""
    degrees = [[list(TO_DEGREES(*point)) for point in (*ring, ring[0])] for ring in rings]
    return {
        "type": "Feature",
        "properties": {"code": code, "name_zh": f"区{code}", "synthetic": synthetic},
        "geometry": {"type": "Polygon", "coordinates": degrees},
    }


def square(west: float, south: float, side: float, high: float | None = None) -> list[tuple[float, float]]:
    high = side if high is None else high
    return [(west, south), (west + side, south), (west + side, south + high), (west, south + high)]


def collection(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def areas_of(*features: dict[str, Any]) -> list[GridArea]:
    return build(read_outlines(collection(*features)))


def test_ids_count_from_west_to_east_and_from_north_to_south() -> None:
    (area,) = areas_of(feature("230103", square(500_010, 5_000_010, 280, 180)))
    grid = GridIndex([area])
    first = grid.at_point(500_020, 5_000_180)
    assert first is not None
    assert first.cell_id == "230103000000001"
    names = [
        cell.cell_id[-2:]
        for north in (5_000_150, 5_000_050)
        for east in (500_050, 500_150, 500_250)
        if (cell := grid.at_point(east, north)) is not None
    ]
    assert names == ["01", "02", "03", "04", "05", "06"]
    assert grid.at_point(500_005, 5_000_150) is None  # in the square of a cell, outside of the outline
    assert grid.at_point(500_295, 5_000_150) is None


def test_a_cell_that_two_areas_share_is_two_cells_and_a_hole_is_in_none() -> None:
    west = feature("230103001001", square(500_000, 5_000_000, 250))
    east = feature("230103001002", square(500_250, 5_000_000, 250), square(500_300, 5_000_100, 50))
    grid = GridIndex(areas_of(west, east))
    left, right = grid.at_point(500_240, 5_000_050), grid.at_point(500_260, 5_000_050)
    assert left is not None
    assert right is not None
    assert (left.area, right.area) == ("230103001001", "230103001002")
    assert (left.district, left.street) == ("230103", "230103001")
    assert len(left.cell_id) == 15
    assert grid.at_point(500_320, 5_000_120) is None


def test_an_id_grows_a_digit_where_a_community_has_more_cells_than_three_digits_count() -> None:
    assert digits_of("230103001001", 999) == 3
    assert digits_of("230103001001", 1_000) == 4
    assert digits_of("230103", 35_000) == 9
    with pytest.raises(ValueError, match="more than an id has digits"):
        digits_of("230103001001", 10_000)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1_500), st.floats(0, 1_500)), min_size=3, max_size=9), st.data())
def test_any_outline_gives_each_of_its_points_exactly_one_cell(
    points: list[tuple[float, float]], data: st.DataObject
) -> None:
    import shapely

    shape = shapely.MultiPoint(points).convex_hull
    if shape.geom_type != "Polygon" or shape.area < 100:
        return
    ring = [(500_000 + x, 5_000_000 + y) for x, y in list(shape.exterior.coords)[:-1]]
    grid = GridIndex(areas_of(feature("230110", ring)))
    (area,) = grid.areas
    assert len(set(zip(area.columns, area.rows, strict=True))) == len(area.columns)
    x, y = data.draw(st.floats(0, 1_500)), data.draw(st.floats(0, 1_500))
    point = shapely.Point(x, y)
    found = grid.at_point(500_000 + x, 5_000_000 + y)
    if shape.exterior.distance(point) > 0.5 and shape.area > 10_000:
        assert (found is not None) == shape.contains(point)
    if found is not None:
        index = area.index_of(found.cell_id)
        assert index is not None
        east, north = 500_000 + x, 5_000_000 + y
        assert (area.columns[index], area.rows[index]) == (
            math.floor(east / CELL_M),
            math.floor(north / CELL_M),
        )
        assert grid.area_of(found.cell_id) is area


def test_a_district_of_35_000_cells_takes_seconds_and_a_point_microseconds() -> None:
    turns = [turn / 500 * math.tau for turn in range(500)]
    ring = [(500_000 + 10_555 * math.cos(turn), 5_060_000 + 10_555 * math.sin(turn)) for turn in turns]
    began = time.perf_counter()
    (area,) = areas_of(feature("230110", ring))
    took = time.perf_counter() - began
    assert 34_900 < len(area.columns) < 37_500
    assert took < 20
    assert store.unpacked(store.packed(area)) == area
    grid = GridIndex([area])
    position = Position(lon=126.0, lat=45.68, accuracy_m=5)
    assert grid.at(position) is not None
    began = time.perf_counter()
    for _ in range(2_000):
        grid.at(position)
    assert (time.perf_counter() - began) / 2_000 < 0.0005


def area(properties: object, kind: str, coordinates: object) -> dict[str, Any]:
    return {"properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b'{"features": []}', b'{"features": [1]}', b"\xff\xfe", b"[" * 100_000,
        collection(area({}, "Point", [1, 2])),
        collection(area({"code": "230103"}, "Polygon", "x")),
        collection(area({"code": "230103"}, "Polygon", [[[1e9, 1]]])),
        collection(area({"code": "2301"}, "Polygon", [[[1, 1]]])),
        collection(area({"code": "230103"}, "LineString", [[1, 1], [2, 2]])),
    ],
)  # fmt: skip
def test_what_is_no_outline_is_refused_with_a_remedy(data: bytes) -> None:
    with pytest.raises(GridUnreadable) as refused:
        build(read_outlines(data))
    assert refused.value.remedy


@given(st.binary(max_size=200))
def test_any_bytes_that_are_no_outlines_are_refused(data: bytes) -> None:
    with pytest.raises(GridUnreadable):
        read_outlines(data)


def test_a_whole_prefecture_at_once_is_refused() -> None:
    with pytest.raises(GridUnreadable, match="more than 1000000 cells"):
        areas_of(feature("230103", square(500_000, 5_000_000, 120_000)))


async def test_versions_are_kept_and_a_running_service_takes_the_newest_up(any_storage: Storage) -> None:
    trail = RememberedTrail()
    grid, builder = CaseGrid(any_storage), GridBuilder(any_storage, trail)
    first = read_outlines(collection(feature("230103", square(500_000, 5_000_000, 300), synthetic=True)))
    here = Position(
        lon=TO_DEGREES(500_050, 5_000_050)[0], lat=TO_DEGREES(500_050, 5_000_050)[1], accuracy_m=5
    )
    areas, made = await builder.build(ADMIN, first, source="trial", write=False)
    assert made is None
    assert len(areas[0].columns) == 9
    await grid.look()
    assert grid.at(here) is None
    await builder.build(ADMIN, first, source="invented.geojson")
    await grid.look()
    there = grid.at(here)
    assert there is not None
    assert (there.cell, there.district) == ("230103000000007", "230103")
    assert grid.at(here, invented=True) == there
    # A measured outline takes the place of invented ones.
    second = read_outlines(collection(feature("230110", square(500_000, 5_000_000, 300))))
    _, made = await builder.build(ADMIN, second, source="measured.geojson")
    assert made is not None
    assert dict(made.areas) == {"230110": 9}
    third = read_outlines(collection(feature("230104", square(510_000, 5_000_000, 300))))
    await builder.build(ADMIN, third, source="more.geojson")
    await grid.look()
    assert {area.code for area in grid.index.areas} == {"230110", "230104"}
    there = grid.at(here)
    assert there is not None
    assert there.cell.startswith("230110")
    assert grid.at(here, invented=True) is None  # nobody is sent into a measured cell by an invented position
    assert [one.number for one in await grid.versions()] == [3, 2, 1]
    assert trail.actions == [("root", "grid.build", f"grid:{number}") for number in (1, 2, 3)]
