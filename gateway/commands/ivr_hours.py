"""`songhua ivr hours`: what the calendar says at a time, and why; and what is wrong with it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from core.clock import SystemClock
from core.storage import StorageAway
from gateway.commands.common import ConfigOption, JsonOption, fail, load, open_storage, out, print_json
from gateway.settings import Settings
from gateway.wiring.runtime_settings.opening_hours import OpeningHoursForm
from gateway.wiring.runtime_settings.stored import stored_value
from ivr.calendar.load import CalendarInvalid, load_calendar, odd
from ivr.calendar.model import ALWAYS, Calendar
from runtime_settings.errors import SettingInvalid

AtOption = Annotated[
    str | None,
    typer.Option("--at", help="A time as 2026-10-01T09:30, in the calendar's zone; now by default."),
]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--file", help="A calendar (TOML or YAML) in place of the settings'.", exists=True, dir_okay=False
    ),
]


def hours(
    at: AtOption = None, file: FileOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Say whether the hotline is open at a time, why, and until when. Exit code 1: the calendar is wrong."""
    calendar, where = (_calendar(file), str(file)) if file else _in_force(load(config))
    moment = _moment(at, calendar)
    verdict = calendar.at(moment)
    odds = odd(calendar, moment.astimezone(calendar.zone).date())
    until = verdict.until.isoformat(timespec="minutes") if verdict.until else None
    if as_json:
        print_json(
            {
                "at": moment.isoformat(timespec="minutes"),
                "open": verdict.open,
                "zh": verdict.zh,
                "en": verdict.en,
                "until": until,
                "calendar": where,
                "warnings": odds,
            }
        )
        return
    state = "open / 开放" if verdict.open else "closed / 关闭"
    lines = [f"{moment.isoformat(timespec='minutes')}: {state}", verdict.zh, verdict.en]
    lines.append(f"until {until}" if until else "and it stays so for 60 days")
    lines.append(where)
    for line in [*lines, *(f"warning: {one}" for one in odds)]:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def _in_force(settings: Settings) -> tuple[Calendar, str]:
    """The calendar that callers have now, and where it is from; without the database that of the file."""

    async def look() -> Calendar | None:
        async with open_storage(settings) as storage:
            value = await stored_value(settings, storage, "opening-hours")
        return OpeningHoursForm.model_validate(value).calendar

    try:
        return asyncio.run(look()) or ALWAYS, "songhua settings show opening-hours"
    except (StorageAway, SettingInvalid):
        file = settings.ivr.hours
        return (ALWAYS, "no calendar") if file is None else (_calendar(file), str(file))


def _calendar(file: Path) -> Calendar:
    try:
        return load_calendar(file)
    except CalendarInvalid as wrong:
        fail(
            f"{file}: {'; '.join(wrong.problems)}",
            "correct these lines; ivr/calendar/china-2026.toml is an example",
        )
    except OSError as error:
        fail(f"{file}: {error.strerror}", "set ivr.hours to a file that can be read")


def _moment(text: str | None, calendar: Calendar) -> datetime:
    if text is None:
        return SystemClock().now().astimezone(calendar.zone)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"--at {text}: is no time", "write it as 2026-10-01T09:30")
    return moment if moment.tzinfo else moment.replace(tzinfo=calendar.zone)
