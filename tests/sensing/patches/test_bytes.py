"""Readers on any bytes: they refuse, and fail in no other way."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensing.patches.check import PatchCheck, PatchLimits
from sensing.patches.reading.crs import crs_of
from sensing.patches.reading.files import opened
from sensing.patches.reading.geopackage import geometry_of
from sensing.patches.reading.limits import PatchesUnreadable
from tests.sensing.patches.city import SmallCity, feature, geojson, geopackage, shapefile_parts, zipped

LIMITS = PatchLimits(5e6, 1000, 50)
CHECK = PatchCheck(crs_of("EPSG:4490"), LIMITS, SmallCity().place_at, (), date(2026, 12, 1))
with TemporaryDirectory() as _folder:
    GEOPACKAGE = geopackage(Path(_folder) / "a.gpkg", [feature(1), feature(2)]).read_bytes()
SHAPES = shapefile_parts([feature(1), feature(2)], "EPSG:4490")
GEOJSON = geojson([feature(1), feature(2)])
SPOILT = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["type", "id", "x"]), inner),
    max_leaves=20,
)


def spoilt(data: bytes, faults: list[tuple[int, int]], left: int) -> bytes:
    changed = bytearray(data)
    for at, value in faults:
        changed[at % len(changed)] = value
    return bytes(changed[: len(changed) - left % len(changed)])


def read(name: str, data: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(data)
        try:
            features = list(opened(file, most_bytes=1 << 22).features)
        except PatchesUnreadable as refused:
            assert refused.remedy  # noqa: PT017  (other bytes are read)
            return
        good, problems = CHECK.check(features)
        assert len(good) + len(problems) == len(features)


@given(
    st.sampled_from(["a.json", "a.zip", "a.gpkg"]),
    st.binary(max_size=400),
    st.sampled_from([b"", b"PK\3\4", b"SQLite format 3\0"]),
)
def test_any_bytes(name: str, data: bytes, first: bytes) -> None:
    read(name, first + data)


@given(SPOILT, st.integers(0, 100))
def test_geopackages_with_wrong_bytes(faults: list[tuple[int, int]], left: int) -> None:
    read("a.gpkg", spoilt(GEOPACKAGE, faults, left))


@given(st.sampled_from([".shp", ".dbf"]), SPOILT, st.integers(0, 100))
def test_shapefiles_with_wrong_bytes(part: str, faults: list[tuple[int, int]], left: int) -> None:
    read("a.zip", zipped(SHAPES | {part: spoilt(SHAPES[part], faults, left)}))


@given(SPOILT, st.integers(0, 100))
def test_archives_with_wrong_bytes(faults: list[tuple[int, int]], left: int) -> None:
    read("a.zip", spoilt(zipped(SHAPES), faults, left))


@given(JSON, JSON, st.dictionaries(st.sampled_from(["id", "前时相", "after", "kind"]), JSON))
def test_any_feature(coordinates: object, own: object, properties: dict[str, object]) -> None:
    geometry = {"type": "MultiPolygon", "coordinates": coordinates}
    odd = {"type": "Feature", "id": own, "properties": properties, "geometry": geometry}
    read("a.json", json.dumps({"type": "FeatureCollection", "features": [odd, own]}).encode())


@given(st.binary(max_size=200), st.integers(0, 255), st.booleans())
def test_any_blob_of_a_geometry(data: bytes, flags: int, framed: bool) -> None:
    try:
        geometry_of(b"GP\0" + bytes([flags]) + data if framed else data)
    except ValueError as refused:
        assert str(refused)  # noqa: PT017  (other bytes are read)


@pytest.mark.parametrize("text", ["", "x", "EPSG:5701", '{"type": "x"}', "+init=epsg:4326", "9" * 30_000])
def test_a_system_that_is_none_of_the_ground_is_refused(text: str) -> None:
    with pytest.raises(PatchesUnreadable):
        crs_of(text)
