"""Reads a calendar from any TOML or YAML text and reports errors and oddities."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError

from core.errors import Invalid
from ivr.calendar.model import WEEKDAYS, Calendar

MOST_BYTES: Final = 256 * 1024


class CalendarInvalid(Invalid):
    """`problems` are lines for a person."""

    kind = "calendar-invalid"
    title = "The calendar cannot be used"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems[:5]), remedy="see songhua ivr hours --file FILE")
        self.problems = problems


def load_calendar(file: Path) -> Calendar:
    """Raises `CalendarInvalid`, `OSError`."""
    return parse(file.read_bytes(), yaml_text=file.suffix in (".yaml", ".yml"))


def parse(data: bytes, *, yaml_text: bool = False) -> Calendar:
    """Raises `CalendarInvalid`, whatever the text is."""
    if len(data) > MOST_BYTES:
        raise CalendarInvalid([f"over {MOST_BYTES} bytes"])
    try:
        text = data.decode("utf-8")
        plain = _yaml(text) if yaml_text else tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        raise CalendarInvalid([f"not {'YAML' if yaml_text else 'TOML'}: {error}"]) from error
    try:
        return Calendar.model_validate(plain)
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()[:50]
        ]
        raise CalendarInvalid(faults) from error


def odd(calendar: Calendar, today: date) -> list[str]:
    """What is well-formed and yet unwise."""
    return [*_never(calendar), *_twice(calendar), *_weekends(calendar), *_old(calendar, today)]


def _yaml(text: str) -> object:
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("anchors and aliases are refused")
    return yaml.load(text, Loader=yaml.CSafeLoader)


def _never(calendar: Calendar) -> Iterator[str]:
    if not any(calendar.weekly.get(day) for day in WEEKDAYS):
        yield "每周没有开放时间 / no day of the week has any hours"


def _twice(calendar: Calendar) -> Iterator[str]:
    for index, one in enumerate(calendar.days):
        for other in calendar.days[index + 1 :]:
            if other.day <= (one.until or one.day) and one.day <= (other.until or other.day):
                yield f"{other.day} {other.name}: 与 {one.name} 重叠 / overlaps {one.name}, which counts"


def _weekends(calendar: Calendar) -> Iterator[str]:
    for one in calendar.days:
        if one.like in ("saturday", "sunday") or (one.like and one.day.weekday() < 5):  # Mon-Fri
            yield f"{one.day} {one.name}: 调休是周末按工作日上班 / an adjusted day is a worked weekend"


def _old(calendar: Calendar, today: date) -> Iterator[str]:
    if calendar.days and max(one.until or one.day for one in calendar.days) < today + timedelta(days=30):
        yield "节假日数据将在 30 天内用完 / the holidays end within 30 days: add the next year's"
