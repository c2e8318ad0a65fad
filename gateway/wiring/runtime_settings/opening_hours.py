"""Opening hours and holidays: which flow a caller hears."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from core.clock import Clock
from core.models import Strict
from core.translation import Bilingual, Sayable, by_text
from core.translation import gettext_lazy as _
from gateway.settings import Settings
from gateway.wiring.runtime_settings.form import read, stored
from ivr.calendar.load import CalendarInvalid, load_calendar, odd
from ivr.calendar.model import ALWAYS, Calendar
from runtime_settings.errors import SettingInvalid
from runtime_settings.model import EffectTime, SettingEffect

if TYPE_CHECKING:
    from ivr.room import IvrRoom

LOOK_BACK: Final = timedelta(days=28)
MOST_DAYS: Final = 10
AHEAD_DAYS: Final = 60

WRONG: Final = by_text(
    [
        _("must look like 08:30-17:30"),
        _("must begin before it ends, within one day (00:00 to 24:00)"),
        _("a day has `hours` or `as`, not both"),
        _("`until` must not lie before `day`, nor 60 days after it"),
        _("is no time zone of the IANA database, such as Asia/Shanghai"),
    ]
)
"""What `ivr.calendar.model` refuses."""

CallTimes = Callable[[datetime], Awaitable[Sequence[datetime]]]
"""When each call of citizens since then began. May raise `StorageAway`."""


class OpeningHoursForm(Strict):
    """Without a calendar the hotline is open day and night."""

    calendar: Calendar | None


class OpeningHoursSetting:
    """Fills `runtime_settings.ports.RuntimeSetting`. `room` is None for a command."""

    name = "opening-hours"
    section = "[ivr] hours"

    def __init__(
        self, settings: Settings, clock: Clock, times: CallTimes | None = None, room: IvrRoom | None = None
    ) -> None:
        self._settings = settings.ivr
        self._clock = clock
        self._times = times
        self._room = room

    def schema(self) -> dict[str, Any]:
        return OpeningHoursForm.model_json_schema(by_alias=True)

    def imported(self) -> Any:
        if self._settings.hours is None:
            return {"calendar": None}
        try:
            return stored(OpeningHoursForm(calendar=load_calendar(self._settings.hours)))
        except CalendarInvalid as error:
            raise SettingInvalid(error.problems) from error

    def checked(self, value: Any) -> Any:
        return stored(read(OpeningHoursForm, value, WRONG))

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        old, new = _calendar(before), _calendar(after)
        now = self._clock.now()
        notes: list[Sayable] = [_now(old, new, now)]
        days = list(_days(old, new, now))
        if days:
            shown = ", ".join(days[:MOST_DAYS]) + (" …" if len(days) > MOST_DAYS else "")
            notes.append(_("Other hours on {count} of the next 60 days: {days}", count=len(days), days=shown))
        if new is not ALWAYS:
            notes += [_both(one) for one in odd(new, now.astimezone(new.zone).date())]
        touches = {}
        if self._times is not None:
            times = await self._times(now - LOOK_BACK)
            touches["calls_of_28_days"] = await asyncio.to_thread(_moved_calls, old, new, times)
        return SettingEffect(EffectTime.NEXT_CALL, touches, notes=notes)

    async def apply(self, value: Any) -> None:
        if self._room is not None:
            self._room.change_hours(_calendar(value))


def _both(warning: str) -> Bilingual:
    zh, _slash, en = warning.partition(" / ")
    return Bilingual(zh, en or zh)


def _calendar(value: Any) -> Calendar:
    return read(OpeningHoursForm, value).calendar or ALWAYS


def _now(old: Calendar, new: Calendar, now: datetime) -> Sayable:
    was, will = old.is_open(now), new.is_open(now)
    if was == will:
        return _("Open now, and still open.") if will else _("Closed now, and still closed.")
    return _("Opens at once.") if will else _("Closes at once: the next caller hears the closed flow.")


def _moved_calls(old: Calendar, new: Calendar, times: Sequence[datetime]) -> int:
    """How many of these calls would hear the other flow. Hours are of whole minutes: each is asked once."""
    minutes = Counter(at.replace(second=0, microsecond=0) for at in times)
    return sum(count for at, count in minutes.items() if old.is_open(at) != new.is_open(at))


def _days(old: Calendar, new: Calendar, now: datetime) -> Sequence[str]:
    today = now.astimezone(new.zone).date()
    ahead = (today + timedelta(days=one) for one in range(AHEAD_DAYS))
    return [
        f"{day} ({', '.join(map(str, new.spans(day))) or '–'})"
        for day in ahead
        if old.spans(day) != new.spans(day)
    ]
