"""Cells of an area and their ids. Pure.

An id is the area's code (county 6, street 9 or community 12 digits) and a sequence that counts from west to
east and from north to south (GB/T 30428.1). It has 15 digits, or 16 where an area has more cells than that
leaves room for. Ids of other makers have 14 to 16 digits; of them the code alone is understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

CELL_M: Final = 100.0
EPSG: Final = 4551
"""CGCS2000, 3-degree Gauss-Krüger zone around 126° E, in metres."""
LENGTHS: Final = (15, 16)
CELL_ID: Final = re.compile(r"[1-9]\d{13,15}", re.ASCII)
AREA_CODE: Final = re.compile(r"[1-9]\d{5}(\d{3}(\d{3})?)?", re.ASCII)

Point = tuple[float, float]
"""East and north in metres, in the projection of `EPSG`."""
Polygon = Sequence[Sequence[Point]]
"""An outer ring and its holes."""


@dataclass(frozen=True, slots=True)
class GridArea:
    """The cells of one district, street or community, in the order of their sequence.

    `columns` and `rows` count cells of 100 m east and north of the origin of the projection. `borders` holds,
    by index, the part of a cell that lies inside; a cell without an entry lies inside as a whole.
    """

    code: str
    name_zh: str
    name_en: str
    synthetic: bool
    columns: Sequence[int]
    rows: Sequence[int]
    borders: Mapping[int, Sequence[Polygon]] = field(default_factory=dict)

    @property
    def digits(self) -> int:
        """Digits of a sequence."""
        return digits_of(self.code, len(self.columns))

    def cell_id(self, index: int) -> str:
        """The id of the cell with this index, from 0."""
        return f"{self.code}{index + 1:0{self.digits}d}"

    def index_of(self, cell_id: str) -> int | None:
        """The index of a cell; None where it is none of this area."""
        rest = cell_id.removeprefix(self.code)
        if len(cell_id) != len(self.code) + self.digits or rest == cell_id:
            return None
        index = int(rest) - 1
        return index if 0 <= index < len(self.columns) else None


@dataclass(frozen=True, slots=True)
class GridCell:
    """The cell of a point. `area` is the code that its id begins with."""

    cell_id: str
    area: str
    synthetic: bool

    @property
    def district(self) -> str:
        """Six digits."""
        return self.area[:6]

    @property
    def street(self) -> str:
        """Nine digits; empty where the area is a whole district."""
        return self.area[:9] if len(self.area) >= 9 else ""


@dataclass(frozen=True, slots=True)
class GridVersion:
    """One state of the grid: cells by code of each area."""

    number: int
    made_at: datetime
    made_by: str
    source: str
    areas: Mapping[str, int]

    @property
    def cells(self) -> int:
        return sum(self.areas.values())


def digits_of(code: str, cells: int) -> int:
    """Digits of a sequence of so many cells. Raises `ValueError` where 16 digits are too few."""
    for length in LENGTHS:
        if cells < 10 ** (length - len(code)):
            return length - len(code)
    raise ValueError(f"{code} has {cells} cells: more than an id has digits for")
