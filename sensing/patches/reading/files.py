"""Which reader a file is for, by its first bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from sensing.patches.reading.geojson import read_geojson
from sensing.patches.reading.geopackage import read_geopackage
from sensing.patches.reading.limits import OpenedPatches, PatchesUnreadable
from sensing.patches.reading.shapefiles import PARTS, read_shapefile

SQLITE: Final = b"SQLite format 3\0"
ZIP: Final = b"PK"
CHUNK: Final = 1 << 20


def opened(path: Path, *, most_bytes: int, crs: str = "") -> OpenedPatches:
    """Raises `PatchesUnreadable`."""
    if path.is_dir() or path.suffix.lower() == ".shp":
        return read_shapefile(path, most_bytes, crs)
    size = path.stat().st_size
    if size > most_bytes:
        raise PatchesUnreadable(f"larger than {most_bytes >> 20} MB", remedy="split the file")
    with path.open("rb") as stream:
        first = stream.read(len(SQLITE))
    if first == SQLITE:
        return read_geopackage(path, crs)
    if first.startswith(ZIP) or path.suffix.lower() == ".zip":
        return read_shapefile(path, most_bytes, crs)
    return read_geojson(path.read_bytes(), crs)


def digest_of(path: Path) -> str:
    """SHA-256 of the file; of a shapefile of all its parts."""
    found = hashlib.sha256()
    files = [path]
    if path.is_dir():
        files = [one for one in sorted(path.iterdir()) if one.suffix.lower() in PARTS and one.is_file()]
    elif path.suffix.lower() == ".shp":
        beside = sorted(path.parent.iterdir())
        files = [one for one in beside if one.stem == path.stem and one.suffix.lower() in PARTS]
    for one in files:
        with one.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                found.update(chunk)
    return found.hexdigest()
