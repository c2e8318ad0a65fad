"""Reads the gazetteer's tables, the operator's own rows last: a row of the same name and kind replaces."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, Field, ValidationError

from cases.errors import BrokenTable
from cases.gazetteer.lines import StreetLines
from cases.gazetteer.lookup import Gazetteer
from cases.gazetteer.model import District, GazetteerPlace, Subdistrict

TABLES = Path(__file__).parent / "tables"
SYNTHETIC = TABLES / "synthetic_positions.csv"
"""Invented positions of places in `places.csv`, made by `python -m lab.synthetic_places`."""
MAX_ROWS = 200_000
LISTS = frozenset({"districts", "aliases", "lines"})
"""Columns whose cells hold several words, separated by `;`."""

M = TypeVar("M", bound=BaseModel)


class _SyntheticPosition(BaseModel):
    name_zh: str
    kind: str
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    synthetic: bool
    lines: StreetLines = ()


def load_gazetteer(own: Path | None = None, *, synthetic: bool = True) -> Gazetteer:
    """The gazetteer that comes with the program, and the rows in `own` (as the importer wrote them)."""
    there = own is not None and own.exists()
    return gazetteer_of(rows(own, GazetteerPlace) if own is not None and there else (), synthetic=synthetic)


def gazetteer_of(own: Iterable[GazetteerPlace], *, synthetic: bool = True) -> Gazetteer:
    """The gazetteer that comes with the program, and the operator's own places. Without `synthetic`, a place
    whose position nobody has measured has none. Indexing takes a while.
    """
    shipped = list(rows(TABLES / "places.csv", GazetteerPlace))
    places = [*(_with_positions(shipped) if synthetic else shipped), *own]
    merged = {(place.name_zh, place.kind): place for place in places}
    return Gazetteer(
        districts=tuple(rows(TABLES / "districts.csv", District)),
        subdistricts=tuple(rows(TABLES / "subdistricts.csv", Subdistrict)),
        places=tuple(merged.values()),
    )


def _with_positions(places: list[GazetteerPlace]) -> list[GazetteerPlace]:
    """Who has no position of his own stands at an invented one, as inaccurate as his row."""
    known = {(one.name_zh, one.kind): one for one in rows(SYNTHETIC, _SyntheticPosition)}
    out = []
    for place in places:
        at = known.get((place.name_zh, place.kind)) if place.position is None else None
        change: dict[str, object] = {}
        if at is not None:
            change = {"lon": at.lon, "lat": at.lat, "synthetic": at.synthetic, "lines": at.lines}
        out.append(place.model_copy(update=change))
    return out


def rows(path: Path, model: type[M]) -> list[M]:
    """The rows of a CSV table. Raises `BrokenTable` naming file and line."""
    out: list[M] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line, row in enumerate(csv.DictReader(file), start=2):
                if len(out) >= MAX_ROWS:
                    raise BrokenTable(f"{path.name}: more than {MAX_ROWS} rows")
                out.append(one_row(row, model, f"{path.name}, line {line}"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BrokenTable(f"{path.name} cannot be read: {error}") from error
    return out


def one_row(row: dict[str, str | None], model: type[M], where: str) -> M:
    """One CSV row as `model`; lists are separated by `;`, an empty cell is an absent value."""
    cells: dict[str, object] = {}
    for key, text in row.items():
        if not isinstance(text, str) or not text.strip():
            continue
        cells[key] = tuple(part.strip() for part in text.split(";") if part.strip()) if key in LISTS else text
    try:
        return model.model_validate(cells)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BrokenTable(f"{where}: {field}: {first['msg']}") from error
