"""Shapefiles: a folder's, or in a zip archive. pyshp reads from memory alone: it would follow addresses."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import date
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sensing.patches.model import RawFeature
from sensing.patches.reading.crs import crs_of
from sensing.patches.reading.limits import MOST_FEATURES, MOST_PROPERTIES, OpenedPatches, PatchesUnreadable
from sensing.patches.reading.polygons import NO_AREA, multipolygon

PARTS: Final = (".shp", ".dbf", ".prj", ".cpg")
MOST_MEMBERS: Final = 64
MOST_RATIO: Final = 200
"""Bytes out of one byte of the archive: a bomb has thousands."""
POLYGONS: Final = frozenset({5, 15, 25})
_SAVE: Final = "save it again as a shapefile of polygons, with .shp, .dbf and .prj"
_FAULTS: Final = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, EOFError, OSError,
    struct.error, zlib.error, LookupError, AssertionError, MemoryError, ZeroDivisionError, RecursionError,
)  # fmt: skip
"""What pyshp raises for broken bytes."""


def read_shapefile(path: Path, most_bytes: int, crs: str = "") -> OpenedPatches:
    """Of a folder, a `.shp` beside its other parts, or a zip archive. Raises `PatchesUnreadable`."""
    parts = _of_zip(path, most_bytes) if path.suffix.lower() == ".zip" else _of_folder(path, most_bytes)
    return _read(parts, crs)


def _of_folder(path: Path, most_bytes: int) -> dict[str, bytes]:
    folder, stem = (path, None) if path.is_dir() else (path.parent, path.stem)
    named = [one for one in sorted(folder.iterdir()) if one.suffix.lower() in PARTS and one.is_file()]
    stems = {one.stem for one in named if one.suffix.lower() == ".shp"}
    wanted = stem if stem is not None else _only(stems)
    found = [one for one in named if one.stem == wanted]
    if sum(one.stat().st_size for one in found) > most_bytes:
        raise PatchesUnreadable(f"larger than {most_bytes >> 20} MB", remedy="split the file")
    return {one.suffix.lower(): one.read_bytes() for one in found}


def _of_zip(path: Path, most_bytes: int) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise PatchesUnreadable(f"more than {MOST_MEMBERS} files in it", remedy=_SAVE)
            for one in members:
                _require_plain(one)
            named = {PurePosixPath(one.filename): one for one in members if not one.is_dir()}
            stems = {name.with_suffix("") for name in named if name.suffix.lower() == ".shp"}
            wanted = _only(stems)
            found: dict[str, bytes] = {}
            left = most_bytes
            for name, one in named.items():
                if name.with_suffix("") == wanted and name.suffix.lower() in PARTS:
                    with archive.open(one) as stream:
                        data = stream.read(left + 1)  # what its header says may be a lie
                    left -= len(data)
                    if left < 0 or len(data) > max(one.compress_size, 1) * MOST_RATIO + (1 << 20):
                        raise PatchesUnreadable("its content is too large", remedy="split the file")
                    found[name.suffix.lower()] = data
            return found
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, *_FAULTS) as error:
        raise PatchesUnreadable(f"no readable zip archive: {str(error)[:120]}", remedy=_SAVE) from None


def _require_plain(one: zipfile.ZipInfo) -> None:
    name = PurePosixPath(one.filename)
    if name.is_absolute() or ".." in name.parts or "\\" in one.filename or ":" in one.filename:
        raise PatchesUnreadable("a name in it leads out of the archive", remedy=_SAVE)
    if one.external_attr >> 28 == 0xA:
        raise PatchesUnreadable("it holds a link", remedy=_SAVE)
    if one.flag_bits & 1:
        raise PatchesUnreadable("it is encrypted", remedy="save it without a password")


def _only(stems: set[Any]) -> Any:
    if len(stems) != 1:
        raise PatchesUnreadable(
            f"it holds {'no' if not stems else 'several'} .shp", remedy="give one shapefile"
        )
    return next(iter(stems))


def _read(parts: Mapping[str, bytes], crs: str) -> OpenedPatches:
    import shapefile  # noqa: PLC0415  (only who imports one needs it)

    if ".shp" not in parts or ".dbf" not in parts:
        raise PatchesUnreadable("its .shp or .dbf is missing", remedy=_SAVE)
    if not crs and ".prj" not in parts:
        raise PatchesUnreadable(
            "it has no .prj, so nobody knows where its numbers lie", remedy="add the .prj, or --crs EPSG:4490"
        )
    known = crs_of(crs or parts.get(".prj", b"").decode("utf-8", "replace"))
    try:
        reader = shapefile.Reader(
            shp=BytesIO(parts[".shp"]), dbf=BytesIO(parts[".dbf"]), encoding=_encoding(parts),
            encodingErrors="replace",
        )  # fmt: skip
        if reader.shapeType not in POLYGONS:
            raise PatchesUnreadable(NO_AREA, remedy=_SAVE)
        names = [str(one[0]) for one in reader.fields if one[0] != "DeletionFlag"]
    except (shapefile.ShapefileException, *_FAULTS) as error:
        raise PatchesUnreadable(f"no readable shapefile: {str(error)[:120]}", remedy=_SAVE) from None
    if len(names) > MOST_PROPERTIES:
        raise PatchesUnreadable("its .dbf has too many columns", remedy=_SAVE)
    return OpenedPatches("shapefile", known, _features(reader, len(parts[".shp"])))


def _encoding(parts: Mapping[str, bytes]) -> str:
    """What its .cpg says; without one, UTF-8 where the table is that, else GB18030."""
    named = parts.get(".cpg", b"").decode("ascii", "replace").strip().lower()
    if named in {"utf-8", "utf8", "65001"}:
        return "utf-8"
    if named:
        return "gb18030"
    try:
        parts[".dbf"].decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _features(reader: Any, size: int) -> Iterator[RawFeature]:
    import shapefile  # noqa: PLC0415

    most = min(MOST_FEATURES, size // 12 + 1)  # a record takes 12 bytes at least
    number = 0
    try:
        for number, one in enumerate(reader.iterShapeRecords(), start=1):
            if number > most:
                raise PatchesUnreadable("it has more features than fit into it", remedy=_SAVE)
            yield _feature(number, one)
    except (shapefile.ShapefileException, *_FAULTS) as error:
        raise PatchesUnreadable(
            f"it breaks off after feature {number}: {str(error)[:100]}", remedy=_SAVE
        ) from None


def _feature(number: int, one: Any) -> RawFeature:
    properties = {
        str(name): value
        for name, value in one.record.as_dict().items()
        if isinstance(value, str | int | float | date)
    }
    try:
        return RawFeature(number, _shape(one.shape), properties)
    except ValueError as error:
        return RawFeature(number, None, properties, str(error))


def _shape(shape: Any) -> Any:
    """Raises `ValueError`."""
    if shape.shapeType not in POLYGONS:
        return multipolygon([])
    try:
        geometry = shape.__geo_interface__
    except _FAULTS as error:
        raise ValueError("its rings cannot be read") from error
    rings = geometry["coordinates"]
    return multipolygon([rings] if geometry["type"] == "Polygon" else rings)
