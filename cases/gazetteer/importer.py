"""Brings the operator's own places in, from CSV (the columns of `places.csv`) or GeoJSON (RFC 7946).

A file is taken as a whole or not at all; every refused row is named with its reason.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cases.errors import BrokenTable
from cases.gazetteer.loading import MAX_ROWS, one_row, rows
from cases.gazetteer.model import GazetteerPlace

COLUMNS = (
    "name_zh", "name_en", "kind", "districts", "aliases", "lon", "lat", "accuracy_m", "source",
    "datum", "subdistrict", "cell",
)  # fmt: skip
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: `read` rows of the file, `added` new ones, `replaced` of the same name and kind."""

    read: int
    added: int
    replaced: int
    total: int


def import_file(source: Path, into: Path) -> ImportReport:
    """Check every row of `source` and merge it into the table `into`, which is written atomically.

    Raises `BrokenTable` with up to ten refused rows; then nothing was changed.
    """
    if not source.is_file():
        raise BrokenTable(f"{source} is not a file", remedy="give the path of a CSV or GeoJSON file")
    if source.stat().st_size > MAX_BYTES:
        raise BrokenTable(f"{source.name} is larger than {MAX_BYTES} bytes", remedy="split it")
    good: list[GazetteerPlace] = []
    bad: list[str] = []
    for where, row in _raw_rows(source):
        try:
            good.append(one_row(row, GazetteerPlace, where))
        except BrokenTable as error:
            bad.append(error.detail)
        if len(bad) >= 10 or len(good) > MAX_ROWS:
            break
    if bad or not good:
        raise BrokenTable(
            "; ".join(bad) or f"{source.name} holds no row",
            remedy=f"columns are {', '.join(COLUMNS)}; lists are separated by ';'",
        )
    present = {(p.name_zh, p.kind): p for p in rows(into, GazetteerPlace)} if into.exists() else {}
    fresh = {(p.name_zh, p.kind): p for p in good}
    replaced = len(present.keys() & fresh.keys())
    present.update(fresh)
    write_places(into, present.values())
    return ImportReport(read=len(good), added=len(fresh) - replaced, replaced=replaced, total=len(present))


def _raw_rows(source: Path) -> Iterator[tuple[str, dict[str, str | None]]]:
    try:
        text = source.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenTable(f"{source.name} is not UTF-8: {error}", remedy="save it as UTF-8") from error
    if source.suffix.casefold() in {".json", ".geojson"}:
        yield from _features(source.name, text)
        return
    try:
        for line, row in enumerate(csv.DictReader(text.splitlines()), start=2):
            yield f"{source.name}, line {line}", {str(key): value for key, value in row.items()}
    except csv.Error as error:
        raise BrokenTable(f"{source.name}: {error}") from error


def _features(name: str, text: str) -> Iterator[tuple[str, dict[str, str | None]]]:
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BrokenTable(f"{name} is not JSON: {error}") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise BrokenTable(f"{name} is no FeatureCollection")
    for index, feature in enumerate(features):
        where = f"{name}, feature {index}"
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            raise BrokenTable(f"{where} has no properties")
        row: dict[str, str | None] = {
            str(key): ";".join(map(str, value)) if isinstance(value, list) else str(value)
            for key, value in properties.items()
            if value is not None
        }
        row.update(_point(feature.get("geometry")))
        yield where, row


def _point(geometry: object) -> dict[str, str | None]:
    """Longitude and latitude of a point; other geometries give no position rather than a made-up one."""
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return {}
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        return {}
    return {"lon": str(coordinates[0]), "lat": str(coordinates[1])}


def write_places(into: Path, places: Iterable[GazetteerPlace]) -> None:
    """The table, whole or not at all."""
    into.parent.mkdir(parents=True, exist_ok=True)
    draft = into.with_suffix(into.suffix + ".new")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for place in places:
            writer.writerow(
                [
                    ";".join(cell) if isinstance(cell, tuple) else ("" if cell is None else cell)
                    for cell in (getattr(place, column) for column in COLUMNS)
                ]
            )
    draft.replace(into)
