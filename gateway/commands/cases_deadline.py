"""`songhua cases deadline`: when a report of a class is due, and how each part of the time counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from cases.area_class import AREA_CLASSES, AreaClass
from cases.beats.model import Beat
from cases.catalogue import load_catalogues
from cases.catalogue.model import Category, Limit
from cases.clocks.calendar import WorkingCalendar, load_working_calendar
from cases.clocks.deadline import deadline
from cases.clocks.limits import time_limit
from cases.clocks.model import Deadline, Pause
from core.errors import SonghuaError
from gateway.commands.cases_class import class_of
from gateway.commands.common import (
    MISUSED,
    ConfigOption,
    JsonOption,
    err,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.commands.grid_common import grid_of, point_of
from gateway.settings import Settings

_WHY_ZH = {
    "running": "连续计时",
    "working_time": "工作时间",
    "out_of_hours": "非工作时间",
    "weekend": "周末",
    "holiday": "节假日",
    "out_of_season": "季节之外",
    "paused": "暂停",
}


def show_deadline(
    category: Annotated[str, typer.Argument(help="Class: E0505, or SCHEME@VERSION/CODE.")],
    at: Annotated[str, typer.Option(help="When the clock starts: 2026-11-30T17:00, of the calendar's zone.")],
    condition: Annotated[
        int | None, typer.Option(min=1, help="Which condition of the class; without it all are listed.")
    ] = None,
    area: Annotated[str | None, typer.Option(help="Class of the area: A, B or C.")] = None,
    place: Annotated[
        str, typer.Option(metavar="LON,LAT", help="Where it is: the class of the area is that of its beat.")
    ] = "",
    pause: Annotated[
        list[str] | None, typer.Option(help="FROM/TO, or FROM/ for one that has not ended. Repeatable.")
    ] = None,
    warn_after: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the limit at the warning.")
    ] = 0.75,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show when a report of a class is due, when it warns, and why each part of the time counted or not."""
    settings = load(config)
    if area not in (None, *AREA_CLASSES):
        err.print("--area is A, B or C")
        raise typer.Exit(MISUSED)
    if area and place:
        err.print("--area and --place exclude each other: say one of them")
        raise typer.Exit(MISUSED)
    said = AreaOfPlace(area)
    counted = run(_place_area(settings, place)) if place else said
    try:
        calendar = load_working_calendar(settings.cases.own_calendar)
        row = class_of(category)
        limits = load_catalogues(settings.cases.own_limits).of(row).limits_of(row.code)
        limit = _limit(row, limits, condition).in_area(counted.area)
        found = deadline(
            _moment(at, calendar), time_limit(limit.allowed, calendar), calendar,
            pauses=[_pause(one, calendar) for one in pause or ()], warn_after=warn_after,
        )  # fmt: skip
    except SonghuaError as error:
        fail(error.detail, error.remedy)
    if as_json:
        print_json(_plain(row, limit, counted, found))
        return
    _print(row, limit, counted, found)


@dataclass(frozen=True, slots=True)
class AreaOfPlace:
    """The class of an area, None for none, and the beat that gave it; without a beat it was said, or the
    setting `cases.area_class` gave it.
    """

    area: AreaClass | None
    beat: Beat | None = None


async def _place_area(settings: Settings, place: str) -> AreaOfPlace:
    async with open_storage(settings) as storage:
        grid = await grid_of(settings, storage)
    there = grid.at(point_of(place))
    beat = None if there is None else there.beat
    return AreaOfPlace(grid.area_class(beat), beat)


def _limit(row: Category, limits: Sequence[Limit], condition: int | None) -> Limit:
    if not limits:
        fail(f"{row.code} {row.name_zh} has no time limit", "add a row to the table of limits")
    if condition is None and len(limits) == 1:
        return limits[0]
    if condition is None or condition > len(limits):
        lines = [f"{number} {one.condition_zh}: {one.text}" for number, one in enumerate(limits, 1)]
        fail(f"{row.code} has {len(limits)} conditions: {'; '.join(lines)}", "say --condition N")
    return limits[condition - 1]


def _moment(text: str, calendar: WorkingCalendar) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        fail(f"no time: {text!r}", "write it as 2026-11-30T17:00")
    return found if found.tzinfo else found.replace(tzinfo=calendar.zone)


def _pause(text: str, calendar: WorkingCalendar) -> Pause:
    begin, slash, end = text.partition("/")
    if not slash:
        fail(f"no pause: {text!r}", "write it as FROM/TO, or FROM/")
    return Pause(_moment(begin, calendar), _moment(end, calendar) if end else None)


def _plain(row: Category, limit: Limit, counted: AreaOfPlace, found: Deadline) -> dict[str, Any]:
    return {
        "category": row.ref,
        "name_zh": row.name_zh,
        "name_en": row.name_en,
        "condition_zh": limit.condition_zh,
        "condition_en": limit.condition_en,
        "limit": limit.text,
        "area": counted.area,
        "beat": None if counted.beat is None else counted.beat.beat_id,
        "limit_of_area": limit.area,
        "source": limit.source,
        "due": _iso(found.due),
        "warning": _iso(found.warning),
        "provisional": found.provisional,
        "stretches": [
            {
                "from": _iso(one.begin), "to": _iso(one.end), "counted": one.counted, "why": one.why.value,
                "name": one.name,
            }
            for one in found.stretches
        ],
    }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def _area_words(limit: Limit, counted: AreaOfPlace) -> str:
    """Which of the row's amounts decided, in both languages."""
    beat = "" if counted.beat is None else f" ({counted.beat.beat_id} {counted.beat.name_zh})"
    if counted.area is None:
        return f"管理区域未分类 no class of area{beat}: 一般时限 the general limit counts"
    if limit.area is None:
        why = "该条件未分级 the condition has no limit for it, 一般时限 the general one counts"
    else:
        why = f"按 {limit.area} 类时限 the limit of class {limit.area} counts"
    return f"管理区域 area {counted.area}{beat}: {why}"


def _print(row: Category, limit: Limit, counted: AreaOfPlace, found: Deadline) -> None:
    out.print(f"{row.code} {row.name_zh} {row.name_en}", highlight=False)
    out.print(f"{limit.condition_zh} {limit.condition_en}: {limit.text}", highlight=False)
    if counted.area or counted.beat or limit.areas:
        out.print(_area_words(limit, counted), highlight=False, soft_wrap=True)
    table = Table("from", "to", "", "why", box=None)
    for one in found.stretches:
        why = f"{_WHY_ZH[one.why.value]} {one.name} {one.why.value}".replace("  ", " ")
        table.add_row(
            f"{one.begin:%Y-%m-%d %H:%M}",
            f"{one.end:%Y-%m-%d %H:%M}",
            "+" if one.counted else "-",
            why,
        )
    out.print(table)
    warning, due = ("—" if one is None else f"{one:%Y-%m-%d %H:%M %z}" for one in (found.warning, found.due))
    out.print(f"warning {warning}, due {due}", highlight=False)
    if found.due is None:
        out.print("a pause has not ended: the deadline is open", highlight=False)
    if found.provisional:
        out.print("provisional: a year without an official calendar was looked at", highlight=False)
