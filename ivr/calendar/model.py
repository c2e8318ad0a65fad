"""Opening hours as data, and the verdict for a moment with its reason; times are in the calendar's zone.

An entry in `days` decides a day, otherwise the weekday does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, GetJsonSchemaHandler, field_validator, model_serializer, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from core.models import Strict
from core.translation import Translatable
from core.translation import gettext_lazy as _

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: Final[tuple[Weekday, ...]] = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
MOST_DAYS: Final = 2_000
LOOK_AHEAD_DAYS: Final = 60


class OpeningSpan(Strict):
    """`08:30-17:30`; `24:00` is the end of the day. A night shift is two spans on two days."""

    begin: int
    end: int
    """Minutes of the day."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        begin, dash, end = value.partition("-")
        if not dash:
            raise ValueError("must look like 08:30-17:30")
        return {"begin": _minutes(begin), "end": _minutes(end)}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """People write and read it as text."""
        del core_schema, handler
        return {"type": "string", "pattern": r"^\d{1,2}:\d{2}-\d{1,2}:\d{2}$", "examples": ["08:30-17:30"]}

    @model_serializer
    def _as_text(self) -> str:
        return str(self)

    @model_validator(mode="after")
    def _forward(self) -> OpeningSpan:
        if not 0 <= self.begin < self.end <= 24 * 60:
            raise ValueError("must begin before it ends, within one day (00:00 to 24:00)")
        return self

    def __str__(self) -> str:
        return "-".join(f"{one // 60:02}:{one % 60:02}" for one in (self.begin, self.end))


def _minutes(text: str) -> int:
    hours, colon, minutes = text.strip().partition(":")
    if not (colon and hours.isascii() and hours.isdigit() and minutes.isascii() and minutes.isdigit()):
        raise ValueError("must look like 08:30-17:30")
    if len(hours) > 2 or len(minutes) != 2 or int(minutes) > 59:  # a clock's face
        raise ValueError("must look like 08:30-17:30")
    return int(hours) * 60 + int(minutes)


class SpecialDay(Strict):
    """A day, or all days up to `until`, with hours of its own (none: closed), or those of a weekday (`as`).

    An adjusted working day (a Saturday on which people work for a longer holiday) is `as: monday`.
    """

    day: date
    until: date | None = None
    name: Annotated[str, Field(min_length=1, max_length=60)]
    hours: tuple[OpeningSpan, ...] = ()
    like: Weekday | None = Field(default=None, alias="as")

    @model_validator(mode="after")
    def _one_meaning(self) -> SpecialDay:
        if self.hours and self.like:
            raise ValueError("a day has `hours` or `as`, not both")
        if self.until is not None and not self.day <= self.until <= self.day + timedelta(days=60):
            raise ValueError("`until` must not lie before `day`, nor 60 days after it")
        return self

    def covers(self, day: date) -> bool:
        """Whether the day is one of these."""
        return self.day <= day <= (self.until or self.day)


@dataclass(frozen=True, slots=True)
class OpeningVerdict:
    """`why` for people, in both languages; `until`: when it changes, None if not within `LOOK_AHEAD_DAYS`."""

    open: bool
    zh: str
    en: str
    until: datetime | None = None


class Calendar(Strict):
    timezone: str = "Asia/Shanghai"
    weekly: dict[Weekday, tuple[OpeningSpan, ...]]
    days: Annotated[tuple[SpecialDay, ...], Field(max_length=MOST_DAYS)] = ()

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("is no time zone of the IANA database, such as Asia/Shanghai") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of its hours."""
        return ZoneInfo(self.timezone)

    def is_open(self, at: datetime) -> bool:
        """`at` is any aware time. Fills `ivr.ports.OpeningHours`."""
        here = at.astimezone(self.zone)
        minute = here.hour * 60 + here.minute
        return any(one.begin <= minute < one.end for one in self.spans(here.date()))

    def at(self, at: datetime) -> OpeningVerdict:
        """Open or not, why, and until when."""
        here = at.astimezone(self.zone)
        now = self.is_open(at)
        why = self._reason(here.date())
        return OpeningVerdict(now, why.in_language("zh"), why.in_language("en"), self._change(here, now))

    def special(self, day: date) -> SpecialDay | None:
        """The first special day that covers this date; None on a usual day."""
        return next((one for one in self.days if one.covers(day)), None)

    def spans(self, day: date) -> tuple[OpeningSpan, ...]:
        special = self.special(day)
        if special is None:
            return self.weekly.get(WEEKDAYS[day.weekday()], ())
        return self.weekly.get(special.like, ()) if special.like else special.hours

    def _reason(self, day: date) -> Translatable:
        special = self.special(day)
        times = ", ".join(str(one) for one in self.spans(day))
        hours = _("open {times}", times=times) if times else _("closed all day")
        if special is None:
            weekday = WEEKDAYS[day.weekday()]
            return _("{day} by the week ({weekday}): {hours}", day=day, weekday=weekday, hours=hours)
        name = special.name
        if special.like:
            return _(
                "{day} {name}, an adjusted working day like {like}: {hours}",
                day=day,
                name=name,
                like=special.like,
                hours=hours,
            )
        return _("{day} {name}: {hours}", day=day, name=name, hours=hours)

    def _change(self, here: datetime, now: bool) -> datetime | None:
        """The first moment after `here` at which the answer is another one."""
        midnight = here.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        for days in range(LOOK_AHEAD_DAYS):
            day = midnight + timedelta(days=days)
            edges = sorted({0, *(edge for one in self.spans(day.date()) for edge in (one.begin, one.end))})
            for edge in edges:
                moment = (day + timedelta(minutes=edge)).replace(tzinfo=self.zone)
                if moment > here and self.is_open(moment) != now:
                    return moment
        return None


ALWAYS: Final = Calendar(weekly=dict.fromkeys(WEEKDAYS, (OpeningSpan(begin=0, end=24 * 60),)))
