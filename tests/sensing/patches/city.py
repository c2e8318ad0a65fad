"""A small city for tests of patches, and files as suppliers bring them."""

from __future__ import annotations

import json
import sqlite3
import struct
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import shapefile
import shapely
from pyproj import CRS, Transformer

from sensing.patches.ports import OpenCaseAt, PatchPlace

WEST, SOUTH, SIDE = 126.60, 45.70, 0.1
LEVELLED = "EPSG:4551"


class SmallCity:
    """A square of a tenth of a degree; its western half is the beat b1, the eastern one b2."""

    has_cells = True

    def __init__(self, cases: Collection[OpenCaseAt] = ()) -> None:
        self._cases = cases

    def place_at(self, lon: float, lat: float) -> PatchPlace | None:
        if not (WEST <= lon <= WEST + SIDE and SOUTH <= lat <= SOUTH + SIDE):
            return None
        beat, name = ("b1", "西网格") if lon < WEST + SIDE / 2 else ("b2", "东网格")
        return PatchPlace("230103", "230103000000001", beat, name)

    async def open_cases(self) -> Collection[OpenCaseAt]:
        return self._cases


def ring(lon: float, lat: float, side: float = 0.0005) -> list[list[float]]:
    return [[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]


def feature(number: int, outline: Sequence[Any] | None = None, **properties: Any) -> dict[str, Any]:
    """The patch with this number, in the west; each number lies elsewhere."""
    lon, lat = WEST + 0.001 * (number % 40 + 1), SOUTH + 0.001 * (number // 40 + 1)
    return {
        "type": "Feature",
        "properties": {
            "图斑编号": f"T{number}", "变化类型": "新增建筑", "前时相": "20260501", "后时相": "2026-10-01",
        }
        | properties,
        "geometry": {"type": "Polygon", "coordinates": [outline or ring(lon, lat)]},
    }  # fmt: skip


@cache
def _to(crs: str) -> Transformer:
    return Transformer.from_crs("OGC:CRS84", crs, always_xy=True)


def moved(one: dict[str, Any], crs: str) -> dict[str, Any]:
    to = _to(crs)
    rings = [[list(to.transform(*point)) for point in ring] for ring in one["geometry"]["coordinates"]]
    return {**one, "geometry": {"type": "Polygon", "coordinates": rings}}


def geojson(features: Iterable[Any], crs: str = "") -> bytes:
    named = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    return json.dumps({"type": "FeatureCollection", **named, "features": list(features)}).encode()


def shapefile_parts(features: Iterable[dict[str, Any]], crs: str = LEVELLED) -> dict[str, bytes]:
    shp, shx, dbf = BytesIO(), BytesIO(), BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=shapefile.POLYGON, encoding="gb18030") as made:
        made.field("图斑编号", "C", 20)
        made.field("后时相", "D")
        for one in features:
            clockwise = [list(reversed(ring)) for ring in moved(one, crs)["geometry"]["coordinates"]]
            made.poly(clockwise)
            made.record(one["properties"]["图斑编号"], "20261001")
    prj = CRS(crs).to_wkt("WKT1_ESRI").encode()
    return {".shp": shp.getvalue(), ".shx": shx.getvalue(), ".dbf": dbf.getvalue(), ".prj": prj}


def zipped(parts: Mapping[str, bytes], stem: str = "图斑/change") -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix, data in parts.items():
            archive.writestr(f"{stem}{suffix}", data)
    return held.getvalue()


def geopackage(
    file: Path, features: Iterable[dict[str, Any]], *, application: int = 0x47504B47, crs: int = 4490
) -> Path:
    """By the tables of OGC 12-128r19."""
    blobs = []
    for one in features:
        shape = shapely.geometry.shape(moved(one, f"EPSG:{crs}")["geometry"])
        head = (
            b"GP\0"
            + bytes([1 | 1 << 1])
            + struct.pack("<i4d", crs, *(shape.bounds[at] for at in (0, 2, 1, 3)))
        )
        blobs.append((one["properties"]["图斑编号"], head + shapely.to_wkb(shape)))
    with sqlite3.connect(file) as connection:
        connection.executescript(
            f"""PRAGMA application_id = {application};
            CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,
              organization_coordsys_id INTEGER, definition TEXT, description TEXT);
            CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, srs_id INTEGER);
            CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT,
              srs_id INTEGER, z TINYINT, m TINYINT);
            CREATE TABLE "change patches" (fid INTEGER PRIMARY KEY, geom BLOB, "图斑编号" TEXT);
            INSERT INTO gpkg_spatial_ref_sys VALUES ('x', {crs}, 'EPSG', {crs}, 'undefined', '');
            INSERT INTO gpkg_contents VALUES ('change patches', 'features', {crs});
            INSERT INTO gpkg_geometry_columns VALUES ('change patches', 'geom', 'POLYGON', {crs}, 0, 0);"""
        )
        connection.executemany('INSERT INTO "change patches" ("图斑编号", geom) VALUES (?, ?)', blobs)
    connection.close()
    return file
