"""What is wrong with beats: cells that two have, cells that none has, cells that there are not. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cases.beats.model import BeatIndex
from cases.grid.index import GridIndex
from cases.grid.model import GridArea
from cases.responsibility.check import RuleProblem

MOST: Final = 200
"""Problems that are named; a plan that fits nothing has no end of them."""


def check_beats(grid: GridIndex, beats: BeatIndex) -> list[RuleProblem]:
    """By line of the table of beats; gaps last. A district of which no cell has a beat is one problem."""
    found = [*_empty(beats), *_unknown(grid, beats), *_overlaps(beats), *_gaps(grid, beats)]
    return sorted(found, key=lambda one: (one.line == 0, one.line))[:MOST]


def _empty(beats: BeatIndex) -> Iterator[RuleProblem]:
    for beat in beats.beats:
        if not beat.units and not beat.people:
            yield RuleProblem(beat.line, f"{beat.beat_id}: nobody answers for it", "name people or units")


def _unknown(grid: GridIndex, beats: BeatIndex) -> Iterator[RuleProblem]:
    for beat in beats.beats:
        for first, last in beat.ranges():
            for cell in dict.fromkeys((first, last)):
                if grid.area_of(str(cell)) is None:
                    yield RuleProblem(
                        beat.line, f"{beat.beat_id}: the grid has no cell {cell}",
                        "take ids as songhua grid at prints them, or build the grid of that district",
                    )  # fmt: skip
                    break


def _overlaps(beats: BeatIndex) -> Iterator[RuleProblem]:
    for count, found in enumerate(beats.overlaps()):
        if count >= MOST:
            return
        what = f"{found.other.beat_id} has {_span(found.first, found.last)} of {found.one.beat_id} too"
        yield RuleProblem(
            max(found.one.line, found.other.line), what, "give each cell to one beat: the first one counts"
        )


def _gaps(grid: GridIndex, beats: BeatIndex) -> Iterator[RuleProblem]:
    for area in grid.areas:
        free = [index for index in range(len(area.columns)) if beats.of(area.cell_id(index)) is None]
        if not free:
            continue
        if len(free) == len(area.columns):
            yield RuleProblem(0, f"{area.code} {area.name_zh}: no cell has a beat", "import its beats")
            continue
        for first, last in _runs(free):
            yield RuleProblem(0, f"no beat has {_cells(area, first, last)}", "add them to a beat beside them")


def _runs(indices: list[int]) -> Iterator[tuple[int, int]]:
    first = before = indices[0]
    for index in indices[1:]:
        if index != before + 1:
            yield first, before
            first = index
        before = index
    yield first, before


def _cells(area: GridArea, first: int, last: int) -> str:
    return _span(int(area.cell_id(first)), int(area.cell_id(last)))


def _span(first: int, last: int) -> str:
    return f"cell {first}" if first == last else f"cells {first}-{last}"
