"""GeoPackage (OGC 12-128r19): SQLite with geometry blobs. Tables alone are read, never views; nothing is
loaded into the database and nothing written.
"""

from __future__ import annotations

import sqlite3
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sensing.patches.model import RawFeature
from sensing.patches.reading.crs import crs_of
from sensing.patches.reading.limits import MOST_FEATURES, MOST_PROPERTIES, OpenedPatches, PatchesUnreadable
from sensing.patches.reading.polygons import NO_AREA

APPLICATIONS: Final = frozenset({0x47504B47, 0x47503130, 0x47503131})
"""GPKG, and GP10 and GP11 of its first versions."""
MOST_SECONDS: Final = 300.0
MOST_BLOB: Final = 16 * 1024 * 1024
_ENVELOPES: Final = (0, 32, 48, 48, 64)
"""Bytes of the box around a geometry by its code."""
_STEPS: Final = 100_000
_SAVE: Final = "save it again as a GeoPackage with a layer of polygons"
_ALLOWED: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA})


def read_geopackage(file: Path, crs: str = "") -> OpenedPatches:
    """Its only layer of features. Raises `PatchesUnreadable`."""
    try:
        connection = _opened(file)
        table, column, srs = _layer(connection)
        return OpenedPatches(
            "geopackage", crs_of(crs or _definition(connection, srs)), _features(connection, table, column)
        )
    except (sqlite3.Error, ValueError, OverflowError, TypeError) as error:
        raise PatchesUnreadable(f"no readable GeoPackage: {str(error)[:120]}", remedy=_SAVE) from None


def _opened(file: Path) -> sqlite3.Connection:
    address = f"file:{quote(str(file.resolve()))}?mode=ro&immutable=1"
    connection = sqlite3.connect(address, uri=True, check_same_thread=False)
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BLOB)
    until = time.monotonic() + MOST_SECONDS
    connection.set_progress_handler(lambda: int(time.monotonic() > until), _STEPS)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    connection.set_authorizer(_authorise)
    if application not in APPLICATIONS:
        raise ValueError("its application id is not that of a GeoPackage")
    return connection


def _authorise(action: int, _one: object, _two: object, _database: object, _source: object) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _layer(connection: sqlite3.Connection) -> tuple[str, str, int]:
    """Table, column of the geometry, and the id of its reference system."""
    rows = connection.execute(
        "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns LIMIT 3"
    ).fetchall()
    if len(rows) != 1:
        raise ValueError(f"it has {'no layer' if not rows else 'several layers'} of features")
    table, column, srs = rows[0]
    kinds = connection.execute("SELECT type, sql FROM sqlite_master WHERE name = ?", (str(table),)).fetchall()
    if len(kinds) != 1 or kinds[0][0] != "table" or "VIRTUAL" in str(kinds[0][1]).upper()[:40]:
        raise ValueError("its layer is no table")
    return str(table), str(column), int(srs)


def _definition(connection: sqlite3.Connection, srs: int) -> str:
    row = connection.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys"
        " WHERE srs_id = ?",
        (srs,),
    ).fetchone()
    if srs in {-1, 0} or row is None:
        return ""
    organization, code, definition = row
    return f"EPSG:{code}" if str(organization).upper() == "EPSG" else str(definition)


def _features(connection: sqlite3.Connection, table: str, column: str) -> Iterator[RawFeature]:
    quoted = table.replace('"', '""')
    try:
        found = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  # a table of its own, quoted
        names = [one[0] for one in found.description]
        if column not in names or len(names) > MOST_PROPERTIES:
            raise PatchesUnreadable("its layer has no geometry, or too many columns", remedy=_SAVE)
        at = names.index(column)
        for number, row in enumerate(found, start=1):
            if number > MOST_FEATURES:
                raise PatchesUnreadable(f"more than {MOST_FEATURES} features", remedy="split the file")
            yield _feature(number, names, row, at)
    except (sqlite3.Error, OverflowError) as error:
        raise PatchesUnreadable(f"no readable GeoPackage: {str(error)[:120]}", remedy=_SAVE) from None
    finally:
        connection.close()


def _feature(number: int, names: list[str], row: tuple[Any, ...], at: int) -> RawFeature:
    properties = {
        name: value for index, (name, value) in enumerate(zip(names, row, strict=True)) if index != at
    }
    try:
        return RawFeature(number, geometry_of(row[at]), properties)
    except ValueError as error:
        return RawFeature(number, None, properties, str(error))


def geometry_of(blob: object) -> Any:
    """The shape in a GeoPackage's blob (clause 2.1.3). Raises `ValueError`."""
    import shapely  # noqa: PLC0415  (takes half a second)

    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
        raise ValueError("its geometry is no blob of a GeoPackage")
    flags = blob[3]
    if flags & 0x20:
        raise ValueError("its geometry is of an extension")
    if flags & 0x10:
        return shapely.Polygon()
    code = flags >> 1 & 7
    if code >= len(_ENVELOPES):
        raise ValueError("its geometry is no blob of a GeoPackage")
    body = blob[8 + _ENVELOPES[code] :]
    # A collection can be nested as deep as its bytes allow: only areas are given to the reader.
    try:
        (kind,) = struct.unpack_from("<I" if body[0] == 1 else ">I", body, 1)
        if kind % 1000 & 0xFFFF not in {3, 6} and kind & 0x0FFFFFFF not in {3, 6}:
            raise ValueError(NO_AREA)
        return shapely.from_wkb(body)
    except (shapely.errors.ShapelyError, struct.error, IndexError) as error:
        raise ValueError("its geometry is broken") from error
