"""Reads beats from a table: one line for each beat, or several with the same id, whose cells add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import ValidationError

from cases.beats.model import MOST_BEATS, Beat
from core.csv_table import CsvTable, LineReport, TableUnreadable, read_csv, refused_cell

COLUMNS: Final[Mapping[str, str]] = {
    "beat_id": "责任网格编号", "name_zh": "名称", "name_en": "英文名", "cells": "单元网格",
    "units": "处置单元", "people": "人员", "area_class": "管理区域类别",
}  # fmt: skip
REQUIRED: Final = ("beat_id", "name_zh", "cells")
LISTS: Final = ("cells", "units", "people")
CHANGED: Final = ("name_zh", "name_en", "cells", "units", "people", "area_class")
MOST_LINES: Final = 200_000
MOST_SAID: Final = 200


def read_beats(data: bytes) -> CsvTable:
    """Raises `TableUnreadable`."""
    return read_csv(data, COLUMNS, required=REQUIRED, most=MOST_LINES)


def merge_beats(table: CsvTable, present: Iterable[Beat]) -> tuple[list[LineReport], list[Beat]]:
    """What each line does, and the beats as they would be. A beat of the same id is replaced as a whole; of
    several lines of one beat the first that names a class of area says it.
    Raises `TableUnreadable`.
    """
    before = {one.beat_id: one for one in present}
    found: dict[str, Beat] = {}
    lines: list[LineReport] = []
    for line in table.lines:
        beat_id = line.cells.get("beat_id", "")
        try:
            beat = Beat.model_validate({**_lists(line.cells), "line": line.number})
            earlier = found.get(beat_id)
            if earlier is not None:
                beat = Beat.model_validate({**beat.model_dump(), **_together(earlier, beat)})
        except ValidationError as error:
            wrong = [
                refused_cell(
                    ".".join(map(str, one["loc"][:1])), str(one["msg"]).removeprefix("Value error, ")
                )
                for one in error.errors()[:5]
            ]
            lines.append(LineReport(line=line.number, key=beat_id, act="refused", problems=wrong))
            continue
        found[beat_id] = beat
        lines.append(_report(line.number, beat, before.get(beat_id)))
    if len(before | found) > MOST_BEATS:
        raise TableUnreadable(f"more than {MOST_BEATS} beats", remedy="remove beats that are no longer used")
    return lines, list({**before, **found}.values())


def _report(number: int, beat: Beat, known: Beat | None) -> LineReport:
    if known is None:
        return LineReport(line=number, key=beat.beat_id, act="add")
    changes = [
        f"{name}: {_text(getattr(known, name))} → {_text(getattr(beat, name))}"[:MOST_SAID]
        for name in CHANGED
        if getattr(known, name) != getattr(beat, name)
    ]
    return LineReport(line=number, key=beat.beat_id, act="change" if changes else "same", changes=changes)


def _together(earlier: Beat, beat: Beat) -> dict[str, object]:
    """The lists of both lines; the first one is where it stands."""
    joined = {name: tuple(dict.fromkeys(getattr(earlier, name) + getattr(beat, name))) for name in LISTS}
    return {**joined, "line": earlier.line, "area_class": earlier.area_class or beat.area_class}


def _lists(cells: Mapping[str, str]) -> dict[str, object]:
    return {
        key: tuple(
            part.strip() for part in text.replace("；", ";").replace("、", ";").split(";") if part.strip()
        )
        if key in LISTS
        else text
        for key, text in cells.items()
    }


def _text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ";".join(value)
