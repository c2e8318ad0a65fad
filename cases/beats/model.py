"""Beats and the beat of a cell. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cases.grid.model import CELL_ID

MOST_BEATS: Final = 5_000
MOST_RANGES: Final = 20_000
"""Single cells and ranges of one beat."""
MOST_IN_RANGE: Final = 100_000
_RANGE: Final = re.compile(rf"({CELL_ID.pattern})(?:\s*[-–~～至]\s*({CELL_ID.pattern}))?", re.ASCII)


def _range(text: str) -> str:
    first, last = ends_of(text)
    return f"{first}-{last}" if last != first else str(first)


def ends_of(text: str) -> tuple[int, int]:
    """The first and the last cell of `230103000000001-230103000000040`, or of one. Raises `ValueError`."""
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:40]} is no cell of 14 to 16 digits, and no range FIRST-LAST")
    first, last = int(found[1]), int(found[2] or found[1])
    if len(found[1]) != len(found[2] or found[1]) or not 0 <= last - first < MOST_IN_RANGE:
        raise ValueError(f"{text[:40]}: the last cell must follow the first, {MOST_IN_RANGE} on at most")
    if found[1][:6] != (found[2] or found[1])[:6]:
        raise ValueError(f"{text[:40]} goes from one district into another")
    return first, last


class Beat(BaseModel):
    """A beat. `cells` are ids and ranges of ids; `people` are users and `units` field units, by their ids.
    `area_class` is the class of its area (管理区域, GB/T 30428.8), empty where the city's default counts.
    `line` is where the table of its last import has it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    beat_id: str = Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$")
    name_zh: str = Field(min_length=1, max_length=60)
    name_en: str = Field(default="", max_length=120)
    cells: tuple[Annotated[str, AfterValidator(_range)], ...] = Field(min_length=1, max_length=MOST_RANGES)
    units: tuple[Annotated[str, Field(max_length=64)], ...] = Field(default=(), max_length=100)
    people: tuple[Annotated[str, Field(max_length=64)], ...] = Field(default=(), max_length=100)
    area_class: Literal["", "A", "B", "C"] = ""
    line: int = Field(default=0, ge=0)

    def ranges(self) -> Iterator[tuple[int, int]]:
        """First and last cell of each range, both in it."""
        return map(ends_of, self.cells)


@dataclass(frozen=True, slots=True)
class BeatOverlap:
    """Cells that two beats have, from first to last."""

    first: int
    last: int
    one: Beat
    other: Beat


class BeatIndex:
    """The beat of a cell: of two that have it, the one that comes first."""

    def __init__(self, beats: Sequence[Beat] = ()) -> None:
        self.beats = tuple(beats)
        self.by_id = {one.beat_id: one for one in beats}
        self._ranges = sorted(
            (first, last, order) for order, beat in enumerate(beats) for first, last in beat.ranges()
        )
        self._firsts = [first for first, _, _ in self._ranges]
        self._reach: list[int] = []
        """The last cell of all ranges up to here: before it nothing needs to be looked at."""
        furthest = 0
        for _, last, _ in self._ranges:
            furthest = max(furthest, last)
            self._reach.append(furthest)

    def of(self, cell_id: str) -> Beat | None:
        """None for a cell of no beat."""
        cell = int(cell_id)
        at, best = bisect_right(self._firsts, cell) - 1, len(self.beats)
        while at >= 0 and self._reach[at] >= cell:
            _, last, order = self._ranges[at]
            if last >= cell:
                best = min(best, order)
            at -= 1
        return self.beats[best] if best < len(self.beats) else None

    def overlaps(self) -> Iterator[BeatOverlap]:
        """Cells that more than one beat has; a beat that names a cell twice overlaps nothing."""
        open_ranges: list[tuple[int, int, int]] = []
        for first, last, order in self._ranges:
            open_ranges = [one for one in open_ranges if one[1] >= first]
            for _, its_last, other in open_ranges:
                if other != order:
                    one, two = sorted((order, other))
                    yield BeatOverlap(first, min(last, its_last), self.beats[one], self.beats[two])
            open_ranges.append((first, last, order))
