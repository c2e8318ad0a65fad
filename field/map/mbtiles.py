"""MBTiles 1.3 (github.com/mapbox/mbtiles-spec), read into one PMTiles archive."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from field.map.errors import BrokenMap
from field.map.pmtiles import TILE_NUMBERS, MapHeader, is_box, tile_id, write

MOST_TILES: Final = 2_000_000
"""Their places are sorted in memory."""
FORMATS: Final = {"pbf": "mvt", "png": "png", "jpg": "jpeg", "jpeg": "jpeg", "webp": "webp"}
WORLD: Final = (-180.0, -85.0, 180.0, 85.0)


def convert(source: Path, into: Path) -> None:
    """Raises `BrokenMap`."""
    try:
        with sqlite3.connect(f"file:{source}?mode=ro&immutable=1", uri=True) as tables:
            said = dict(tables.execute("SELECT name, value FROM metadata"))
            kind = FORMATS.get(str(said.get("format", "")).casefold(), "")
            if kind not in TILE_NUMBERS:
                raise BrokenMap(
                    "its metadata name no format that the desk draws", remedy="pbf, png, jpg, webp"
                )
            count, low, high = tables.execute(
                "SELECT count(*), min(zoom_level), max(zoom_level) FROM tiles"
            ).fetchone()
            if not count or count > MOST_TILES or not 0 <= low <= high <= 24:
                raise BrokenMap(f"it has {count} tiles of zooms {low} to {high}")
            first = _bytes(tables.execute("SELECT tile_data FROM tiles LIMIT 1").fetchone()[0])
            packed = first.startswith(b"\x1f\x8b")
            header = MapHeader(kind, low, high, _bounds(said.get("bounds")), count, packed)
            with tempfile.TemporaryFile(dir=into.parent) as spool, into.open("wb") as file:
                write(file, spool, _tiles(tables), header, _metadata(said))
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise BrokenMap(f"it cannot be read as MBTiles: {error}") from error


def _tiles(tables: sqlite3.Connection) -> Iterator[tuple[int, bytes]]:
    """In the order of the archive. Rows of MBTiles count from the south."""
    # One number a tile, its id first: some million tuples would take far more memory.
    keys = [
        tile_id(z, x, (1 << z) - 1 - y) << 53 | z << 48 | x << 24 | y
        for z, x, y in tables.execute("SELECT zoom_level, tile_column, tile_row FROM tiles")
        if 0 <= x < 1 << z and 0 <= y < 1 << z
    ]
    keys.sort()
    one = "SELECT tile_data FROM tiles WHERE zoom_level=? AND tile_column=? AND tile_row=?"
    for key in keys:
        z, x, y = key >> 48 & 31, key >> 24 & 0xFFFFFF, key & 0xFFFFFF
        yield key >> 53, _bytes(tables.execute(one, (z, x, y)).fetchone()[0])


def _bytes(data: object) -> bytes:
    """Raises `BrokenMap` for a number or a text, of which `bytes` would make something else."""
    if not isinstance(data, bytes):
        raise BrokenMap("a tile of it is no data")
    return data


def _bounds(said: object) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(edge) for edge in str(said).split(","))
    except ValueError:
        return WORLD
    return (west, south, east, north) if is_box((west, south, east, north)) else WORLD


def _metadata(said: dict[str, Any]) -> bytes:
    """With the layers of vector tiles, by which the desk draws them."""
    try:
        more = json.loads(said.get("json", "{}"))
    except (json.JSONDecodeError, RecursionError):
        more = {}
    kept = {key: said[key] for key in ("name", "description", "attribution") if key in said}
    layers = more.get("vector_layers", []) if isinstance(more, dict) else []
    return json.dumps({**kept, "vector_layers": layers}, ensure_ascii=False).encode()
