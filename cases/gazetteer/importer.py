"""Brings the operator's own places in, from CSV (the columns of `places.csv`) or GeoJSON (RFC 7946).

A file is taken as a whole or not at all; every refused line is named with its reason and its remedy.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from cases.gazetteer.lines import along, parse_lines, write_lines
from cases.gazetteer.loading import LISTS, MAX_ROWS
from cases.gazetteer.model import GazetteerPlace
from core.csv_table import (
    MOST_BYTES,
    CsvLine,
    CsvTable,
    LineReport,
    TableUnreadable,
    problem,
    read_csv,
    refused_cell,
    stands_twice,
)
from core.translation import gettext_lazy as _

COLUMNS: Final[Mapping[str, str]] = {
    "name_zh": "名称", "name_en": "英文名", "kind": "类型", "districts": "区划代码", "aliases": "别名",
    "lon": "经度", "lat": "纬度", "accuracy_m": "精度米", "source": "来源", "datum": "坐标系",
    "subdistrict": "街道代码", "cell": "网格", "lines": "线",
}  # fmt: skip
REQUIRED: Final = ("name_zh", "kind", "accuracy_m", "source")

MOST_SAID: Final = 200
"""Characters that a report says of one change."""

Key = tuple[str, str]


def read_places(data: bytes) -> CsvTable:
    """CSV, or a FeatureCollection when it begins with a brace. Raises `TableUnreadable`."""
    if data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return CsvTable("utf-8", tuple(COLUMNS), list(_features(data)))
    return read_csv(data, COLUMNS, required=REQUIRED, most=MAX_ROWS)


def merge_places(
    table: CsvTable, present: Iterable[GazetteerPlace]
) -> tuple[list[LineReport], list[GazetteerPlace]]:
    """A report of each line, and the places as they would be; a place of the same name and kind is replaced.
    Lines that are refused are left out of the places.
    """
    merged: dict[Key, GazetteerPlace] = {(place.name_zh, place.kind): place for place in present}
    before, lines = dict(merged), []
    first: dict[Key, int] = {}
    for line in table.lines:
        report, place = _line(line, before, first)
        lines.append(report)
        if place is not None:
            merged[place.name_zh, place.kind] = place
    return lines, list(merged.values())


def _line(
    line: CsvLine, before: Mapping[Key, GazetteerPlace], first: dict[Key, int]
) -> tuple[LineReport, GazetteerPlace | None]:
    name = line.cells.get("name_zh", "")
    try:
        place = GazetteerPlace.model_validate(_cells(line.cells))
    except ValidationError as error:
        wrong = [_problem(dict(one)) for one in error.errors()[:10]]
        return LineReport(line=line.number, key=name, act="refused", problems=wrong), None
    key = (place.name_zh, place.kind)
    if key in first:
        twice = stands_twice("name_zh", place.name_zh, first[key])
        return LineReport(line=line.number, key=name, act="refused", problems=[twice]), None
    first[key] = line.number
    known = before.get(key)
    if known is None:
        return LineReport(line=line.number, key=name, act="add"), place
    changes = [
        f"{column}: {_text(column, known)} → {_text(column, place)}"[:MOST_SAID]
        for column in COLUMNS
        if getattr(known, column) != getattr(place, column)
    ]
    act = "change" if changes else "same"
    return LineReport(line=line.number, key=name, act=act, changes=changes), place


def _problem(error: dict[str, Any]) -> Any:
    column = ".".join(str(part) for part in error["loc"][:1])
    said = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        return problem(
            column,
            _("{column} is missing", column=column),
            _("Fill in the cell: {columns} are needed in each line.", columns=list(REQUIRED)),
        )
    if not column:
        return refused_cell("lon", said, _("Give both lon and lat in degrees of WGS-84, or neither."))
    return refused_cell(column, said)


def _cells(cells: Mapping[str, str]) -> dict[str, object]:
    return {
        key: tuple(part.strip() for part in text.replace("；", ";").split(";") if part.strip())
        if key in LISTS
        else text
        for key, text in cells.items()
    }


def _text(column: str, place: GazetteerPlace) -> str:
    value = write_lines(place.lines) if column == "lines" else getattr(place, column)
    return ";".join(value) if isinstance(value, tuple | list) else "" if value is None else str(value)


def _features(data: bytes) -> Iterator[CsvLine]:
    if len(data) > MOST_BYTES:
        raise TableUnreadable(f"larger than {MOST_BYTES >> 20} MB", remedy="split the file")
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise TableUnreadable(f"it is not JSON: {error}", remedy="save it as GeoJSON in UTF-8") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features or len(features) > MAX_ROWS:
        raise TableUnreadable("it is no FeatureCollection with features", remedy="export it as GeoJSON")
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            raise TableUnreadable(f"feature {number} has no properties", remedy=f"give {', '.join(REQUIRED)}")
        cells = {
            str(key): ";".join(map(str, value)) if isinstance(value, list) else str(value)
            for key, value in properties.items()
            if value is not None
        }
        yield CsvLine(number, cells | _geometry(feature.get("geometry")))


def _geometry(geometry: object) -> dict[str, str]:
    """Longitude and latitude of a point, or the lines of a street with the middle of the first of them; other
    geometries give no position rather than a made-up one.
    """
    if not isinstance(geometry, dict):
        return {}
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) < 1:
        return {}
    if kind == "Point" and len(coordinates) >= 2:
        return {"lon": str(coordinates[0]), "lat": str(coordinates[1])}
    lines = [coordinates] if kind == "LineString" else coordinates if kind == "MultiLineString" else []
    written = ["|".join(map(_written, line)) for line in lines if isinstance(line, list)]
    if not written:
        return {}
    try:
        parsed = parse_lines(written)
    except ValueError:  # the place's own check says what is wrong with it
        return {"lines": ";".join(written)}
    assert isinstance(parsed, tuple)
    lon, lat = along(parsed[0], 0.5)
    return {"lines": ";".join(written), "lon": str(lon), "lat": str(lat)}


def _written(point: object) -> str:
    return f"{point[0]}/{point[1]}" if isinstance(point, list) and len(point) >= 2 else "?"


def write_places(into: Path, places: Iterable[GazetteerPlace]) -> None:
    """The table, whole or not at all."""
    into.parent.mkdir(parents=True, exist_ok=True)
    draft = into.with_suffix(into.suffix + ".new")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for place in places:
            writer.writerow([_text(column, place) for column in COLUMNS])
    draft.replace(into)
