"""The desk's maps as files: the operator's tiles, and outlines of districts. One folder, no table."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Final

from field.map import mbtiles
from field.map.errors import BrokenMap, NoSuchMap
from field.map.pmtiles import HEADER_BYTES, MapHeader, read_header

SUFFIX: Final = ".pmtiles"
DISTRICTS: Final = "districts.geojson"
SHIPPED_DISTRICTS: Final = Path(__file__).parent / "data" / "districts.json"
"""Invented, and marked so (lab/synthetic_places.py)."""
MOST_OUTLINE_BYTES: Final = 8 * 1024 * 1024
MOST_DISTRICTS: Final = 500
MOST_POINTS: Final = 200_000
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class StoredMap:
    """`name` is the file's without its ending."""

    name: str
    size: int
    header: MapHeader


class MapFiles:
    """`folder` need not exist before something is imported."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def maps(self) -> Sequence[StoredMap]:
        """By name; a file that is no map any more is left out."""
        found = []
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            try:
                found.append(_stored(path))
            except (BrokenMap, OSError):
                continue
        return found

    def path(self, name: str) -> Path:
        """Raises `NoSuchMap`."""
        path = self._folder / f"{name}{SUFFIX}"
        if _NAME.fullmatch(name) is None or not path.is_file():
            raise NoSuchMap(remedy="songhua map list")
        return path

    def bring(self, source: Path, name: str = "") -> StoredMap:
        """Check and store a `.pmtiles` or `.mbtiles` file; one of the same name is replaced as a whole.
        Raises `BrokenMap`, `OSError`.
        """
        name = name or re.sub(r"[^a-z0-9_-]+", "-", source.stem.casefold()).strip("-_")
        if _NAME.fullmatch(name) is None:
            raise BrokenMap(f"{name!r} is no name", remedy="--name: small letters, digits, - and _")
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".{name}.new"
        try:
            if source.suffix.casefold() == ".mbtiles":
                mbtiles.convert(source, draft)
            else:
                shutil.copyfile(source, draft)
            _stored(draft)
            draft.replace(self._folder / f"{name}{SUFFIX}")
        finally:
            draft.unlink(missing_ok=True)
        return _stored(self._folder / f"{name}{SUFFIX}")

    def remove(self, name: str) -> None:
        """Raises `NoSuchMap`."""
        self.path(name).unlink()

    def outlines_file(self) -> Path:
        """The operator's outlines, else those that come with the program."""
        own = self._folder / DISTRICTS
        return own if own.is_file() else SHIPPED_DISTRICTS

    def districts(self) -> dict[str, Any]:
        """A GeoJSON FeatureCollection: the operator's outlines, else those that come with the program."""
        found: dict[str, Any] = json.loads(self.outlines_file().read_text(encoding="utf-8"))
        return found

    def bring_districts(self, source: Path) -> int:
        """Check and store outlines; how many there are. Raises `BrokenMap`, `OSError`."""
        if source.stat().st_size > MOST_OUTLINE_BYTES:
            raise BrokenMap(f"it is larger than {MOST_OUTLINE_BYTES} bytes", remedy="simplify the outlines")
        document = outlines(source.read_bytes())
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".{DISTRICTS}.new"
        draft.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        draft.replace(self._folder / DISTRICTS)
        return len(document["features"])


def outlines(text: bytes) -> dict[str, Any]:
    """The outlines of a GeoJSON file (RFC 7946), with what the desk shows of each: its name in both languages
    and its code. Raises `BrokenMap`.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenMap("it is not JSON") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not 0 < len(features) <= MOST_DISTRICTS:
        raise BrokenMap(f"it is no FeatureCollection of 1 to {MOST_DISTRICTS} features")
    kept = [_outline(feature, number) for number, feature in enumerate(features)]
    if sum(points for _, points in kept) > MOST_POINTS:
        raise BrokenMap(f"it has more than {MOST_POINTS} points", remedy="simplify the outlines")
    return {"type": "FeatureCollection", "features": [feature for feature, _ in kept]}


def _outline(feature: object, number: int) -> tuple[dict[str, Any], int]:
    where = f"feature {number}"
    properties = feature.get("properties") if isinstance(feature, dict) else None
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(properties, dict) or not isinstance(geometry, dict):
        raise BrokenMap(f"{where} has no properties or no geometry")
    name = str(properties.get("name_zh") or properties.get("name") or "").strip()
    if not 0 < len(name) <= 60:
        raise BrokenMap(f"{where} has no name", remedy="properties: name_zh (or name), name_en, code")
    kind, rings = geometry.get("type"), geometry.get("coordinates")
    areas = [rings] if kind == "Polygon" else rings if kind == "MultiPolygon" else None
    points = 0
    if not isinstance(areas, list) or not areas:
        raise BrokenMap(f"{where} is no Polygon or MultiPolygon")
    for area in areas:
        for ring in area if isinstance(area, list) else [None]:
            points += _ring(ring, where)
    shown = {
        "name_zh": name,
        "name_en": str(properties.get("name_en") or name)[:80],
        "code": str(properties.get("code") or properties.get("adcode") or "")[:12],
        "synthetic": properties.get("synthetic") is True,
    }
    return {"type": "Feature", "properties": shown, "geometry": {"type": kind, "coordinates": rings}}, points


def _ring(ring: object, where: str) -> int:
    if not isinstance(ring, list) or len(ring) < 4:
        raise BrokenMap(f"{where} has a ring of fewer than four points")
    for point in ring:
        if not isinstance(point, list) or len(point) < 2 or not all(_is_number(one) for one in point[:2]):
            raise BrokenMap(f"{where} has a point that is none")
        if not (-180 <= point[0] <= 180 and -90 <= point[1] <= 90):
            raise BrokenMap(f"{where} is not in degrees", remedy="WGS-84, longitude first")
    return len(ring)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _stored(path: Path) -> StoredMap:
    size = path.stat().st_size
    with path.open("rb") as file:
        return StoredMap(path.stem.lstrip("."), size, read_header(file.read(HEADER_BYTES), size))
