"""Files with change patches: each form, each fault of a feature, and once however often."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.actor import Actor, Role
from core.errors import Forbidden
from core.ids import uuid7
from core.storage import Storage
from sensing.patches import store
from sensing.patches.importer import PatchImporter, PatchImportReport
from sensing.patches.ports import OpenCaseAt
from sensing.patches.reading.limits import PatchesUnreadable
from sensing.settings import SensingSettings
from tests.cases.parts.trail import RememberedTrail
from tests.peers.checkout import CHECKOUT
from tests.sensing.patches.city import (
    LEVELLED,
    SOUTH,
    WEST,
    SmallCity,
    feature,
    geojson,
    geopackage,
    moved,
    ring,
    shapefile_parts,
    zipped,
)
from tests.storage import empty_sqlite

ADMIN = Actor("root", "管理员", frozenset({Role.ADMIN}))
DISPATCHER = Actor("zhao", "赵调度", frozenset({Role.DISPATCHER}))


def importer(
    storage: Storage, *cases: OpenCaseAt, trail: RememberedTrail | None = None, **more: Any
) -> PatchImporter:
    settings = SensingSettings.model_validate(more)
    return PatchImporter(storage, trail or RememberedTrail(), SmallCity(cases), settings)


def written(folder: Path, name: str, data: bytes) -> Path:
    file = folder / name
    file.write_bytes(data)
    return file


async def stored(storage: Storage) -> list[store.StoredPatch]:
    async with storage.read() as connection:
        return await store.listed(connection, limit=1000)


async def test_every_form_and_system_brings_the_same_patches_once(
    any_storage: Storage, tmp_path: Path
) -> None:
    three = [feature(number) for number in range(3)]
    trail = RememberedTrail()
    bring = importer(any_storage, trail=trail).import_file
    plain = written(tmp_path, "a.geojson", geojson(three))
    tried = await bring(ADMIN, plain, dry_run=True)
    assert (tried.added, tried.applied, await stored(any_storage)) == (3, False, [])
    done = await bring(ADMIN, plain)
    assert (done.form, done.added, done.refused, done.applied) == ("geojson", 3, 0, True)
    assert (await bring(ADMIN, plain)).already
    folder = tmp_path / "shapes"
    folder.mkdir()
    for suffix, data in shapefile_parts(three).items():
        (folder / f"change{suffix}").write_bytes(data)
    others = [
        written(
            tmp_path, "b.json", geojson([moved(one, LEVELLED) for one in three], "urn:ogc:def:crs:EPSG::4551")
        ),
        written(tmp_path, "c.zip", zipped(shapefile_parts(three))),
        folder,
        geopackage(tmp_path / "d.gpkg", three),
    ]
    for one in others:
        told = await bring(ADMIN, one)
        assert (told.added, told.same, told.refused) == (0, 3, 0), told
    found = await stored(any_storage)
    assert [(one.source_id, one.beat, str(one.after)) for one in found] == [
        (f"T{number}", "b1", "2026-10-01") for number in range(3)
    ]
    assert found[0].area_m2 == pytest.approx(2160, rel=0.05)
    assert [one[1] for one in trail.actions] == ["patches.import"] * 5
    with pytest.raises(Forbidden):
        await bring(DISPATCHER, plain)


async def test_bad_features_are_refused_with_cause_and_remedy_and_the_good_ones_imported(
    storage: Storage, tmp_path: Path
) -> None:
    here = ring(WEST + 0.02, SOUTH + 0.02)
    bow = [here[0], here[2], here[1], here[3], here[0]]
    many = [[WEST + 0.02 + 1e-6 * at, SOUTH + 0.02] for at in range(60)] + [[WEST + 0.03, SOUTH + 0.05]]
    features = [
        feature(1),
        feature(2, bow),
        feature(3) | {"geometry": {"type": "Polygon", "coordinates": []}},
        feature(4, ring(WEST + 0.01, SOUTH + 0.01, 0.08)),
        feature(5, ring(120.0, 30.0)),
        feature(6, [[lat, lon] for lon, lat in here]),
        feature(7, [*many, many[0]]),
        feature(8, 前时相="2026-13-01"),
        feature(9, 前时相="2026-10-02"),
        feature(10, 后时相="2999-01-01"),
        feature(11, ring(1e308, 1e308, 1e307)),
        feature(12, [["x", 1], ["y", 2], ["z", 3]]),
        feature(13) | {"geometry": {"type": "Point", "coordinates": [WEST, SOUTH]}},
        feature(14) | {"geometry": None},
        "no feature",
        feature(1),
    ]
    told = await importer(storage, patch_vertices=50).import_file(
        ADMIN, written(tmp_path, "a.json", geojson(features))
    )
    assert (told.added, told.same, told.refused, told.features) == (1, 1, 14, 16)
    causes = {one.feature: one.cause for one in told.problems}
    assert "Self-intersection" in causes[2]
    assert causes[3] == "it is empty"
    assert "km², and 5 are the most" in causes[4]
    assert causes[5] == "it lies outside of the city's cells"
    assert "axes are swapped" in causes[6]
    assert causes[7] == "it has more than 50 points"
    assert causes[8] == "before is 2026-13-01, which is no day"
    assert "later than after" in causes[9]
    assert "in the future" in causes[10]
    assert "no numbers of the ground" in causes[11]
    assert "rings" in causes[12]
    assert causes[13] == causes[14] == "it is no polygon"
    assert causes[15] == "it is no Feature"
    assert all(one.remedy for one in told.problems)
    assert told.problems[0].source_id == "T2"


async def test_open_cases_near_a_patch_stand_with_it(storage: Storage, tmp_path: Path) -> None:
    near, far = uuid7(), uuid7()
    one = feature(1)["geometry"]["coordinates"][0][0]
    cases = (OpenCaseAt(near, "N-1", one[0] - 0.0003, one[1]), OpenCaseAt(far, "N-2", one[0] - 0.002, one[1]))
    await importer(storage, *cases).import_file(ADMIN, written(tmp_path, "a.json", geojson([feature(1)])))
    assert (await stored(storage))[0].near == [{"case_id": str(near), "number": "N-1"}]


def test_an_import_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    empty_sqlite(ledger)
    file = written(tmp_path, "a.json", geojson(feature(number) for number in range(10)))
    asked = [sys.executable, "-m", "tests.sensing.patches.importing_process", str(ledger), str(file)]
    killed = subprocess.run([*asked, "5"], cwd=CHECKOUT, env=os.environ, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    done = subprocess.run([*asked, "0"], cwd=CHECKOUT, env=os.environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    told = PatchImportReport.model_validate_json(done.stdout)
    assert (told.added, told.same, told.refused, told.already) == (10, 0, 0, False)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.json", b"{", "not JSON"),
        ("a.json", b"\xff\xfe", "not JSON"),
        ("a.json", b'{"type": "FeatureCollection", "features": [NaN]}', "no number of JSON"),
        ("a.json", b'{"a":' * 200_000, "nested too deeply"),
        ("a.json", b"[]", "no FeatureCollection"),
        ("a.json", geojson([], "EPSG:999999"), "nobody knows"),
        ("a.json", geojson([], "+proj=longlat +nadgrids=/etc/passwd"), "no usable"),
        ("a.zip", b"PK\3\4broken", "no readable zip"),
        ("a.zip", zipped({".shp": b"x", ".dbf": b"", ".prj": b"x"}, "../../up"), "leads out"),
        ("a.zip", zipped({".shp": b"x", ".dbf": b"", ".prj": b"x"}, "/etc/up"), "leads out"),
        ("a.zip", zipped({".shp": bytes(50_000_000), ".dbf": b"", ".prj": b""}), "too large"),
        ("a.zip", zipped({".shp": b"x" * 200, ".dbf": b"", ".prj": b"nonsense"}), "nobody knows"),
        ("a.zip", zipped({".shp": b"x", ".dbf": b"y"}), "no .prj"),
        (
            "a.zip",
            zipped({".shp": b"x" * 200, ".dbf": b"y" * 99, ".prj": b"EPSG:4551"}),
            "no readable shapefile",
        ),
        ("a.zip", zipped({".txt": b"x"}), "no .shp"),
        ("a.gpkg", b"SQLite format 3\0" + bytes(500), "no readable GeoPackage"),
    ],
)
async def test_a_file_that_is_none_is_refused_as_a_whole(
    storage: Storage, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    with pytest.raises(PatchesUnreadable) as refused:
        await importer(storage).import_file(ADMIN, written(tmp_path, name, data))
    assert said in refused.value.detail
    assert refused.value.remedy


async def test_only_a_geopackage_with_a_table_of_its_own_is_read(storage: Storage, tmp_path: Path) -> None:
    import sqlite3

    bring = importer(storage).import_file
    with pytest.raises(PatchesUnreadable, match="application id"):
        await bring(ADMIN, geopackage(tmp_path / "a.gpkg", [feature(1)], application=1))
    viewed = geopackage(tmp_path / "b.gpkg", [feature(1)])
    with sqlite3.connect(viewed) as connection:
        connection.execute("CREATE VIEW trap AS SELECT load_extension('/tmp/x') AS geom")
        connection.execute("UPDATE gpkg_geometry_columns SET table_name = 'trap'")
    connection.close()
    with pytest.raises(PatchesUnreadable, match="no table"):
        await bring(ADMIN, viewed)


async def test_a_shapefile_without_a_system_is_read_in_the_one_that_is_named(
    storage: Storage, tmp_path: Path
) -> None:
    parts = shapefile_parts([feature(1)])
    del parts[".prj"]
    told = await importer(storage).import_file(ADMIN, written(tmp_path, "a.zip", zipped(parts)), crs=LEVELLED)
    assert (told.added, told.refused) == (1, 0)
    assert isinstance(told.import_id, UUID)
