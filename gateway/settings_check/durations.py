"""Time limits: that contradict each other, in the wrong unit, in a time zone that does not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel

from gateway.settings_check.model import CheckedSettings, KeyPath, Mistake, path_of, value_at
from gateway.settings_check.model_fields import field_at, nearest
from gateway.settings_check.refusals import unit_of

_ZONES: Final = ("cdr.time_zone", "hotline.callbacks.time_zone")
_ORDER: Final = (
    ("hotline.wrap_up_s", "hotline.wrap_up_most_s"),
    ("hotline.wrap_up_extend_s", "hotline.wrap_up_most_s"),
    ("identity.session_idle_s", "identity.session_longest_s"),
    ("asterisk.guard.block_s", "asterisk.guard.block_most_s"),
    ("asterisk.guard.within_s", "asterisk.guard.block_most_s"),
    ("radio.floor.dead_key_s", "radio.floor.limit_s"),
    ("cases.exchange.first_retry_s", "cases.exchange.longest_retry_s"),
    ("speech.hello_within", "speech.idle_for"),
    ("speech.utterance_max", "speech.stuck_after"),
    ("ami.connect_timeout", "ami.action_timeout"),
    ("cdr.poll_s", "cdr.close_after_s"),
    ("cdr.close_after_s", "cdr.close_blind_after_s"),
    ("hotline.callbacks.ring_s", "hotline.callbacks.doubt_s"),
    ("hotline.callbacks.short_s", "hotline.callbacks.expires_s"),
    ("field.escalation.urgent.answered_s", "field.escalation.normal.answered_s"),
    ("field.emergency_answer_s", "field.escalation.urgent.answered_s"),
)
"""The first may not be longer than the second."""
_TOO_LONG: Final = 100
_ENDINGS: Final = ("_s", "_seconds", "_min", "_h", "_hours", "_days", "_timeout")


def time_zones(told: Mapping[str, Any]) -> Iterator[Mistake]:
    """Names that the time zone database does not have."""
    for key in _ZONES:
        name = value_at(told, path_of(key))
        if not isinstance(name, str):
            continue
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            hours = name.casefold().startswith(("utc", "gmt", "+", "-"))
            meant = "" if hours else nearest(name, sorted(available_timezones()))
            remedy = f"did you mean {meant}?" if meant else "a name of the tz database: Asia/Shanghai"
            yield Mistake(path_of(key), f"there is no time zone {name!r}", remedy)


def contradictions(checked: CheckedSettings) -> Iterator[Mistake]:
    """Limits that can never be reached, because another one ends the matter first."""
    for short, long in _ORDER:
        less, more = _value(checked, short), _value(checked, long)
        if less is not None and more is not None and less > more and _says_one(checked, short, long):
            at = short if checked.says(path_of(short)) else long
            what = f"{short} = {less:g} is longer than {long} = {more:g}"
            yield Mistake(path_of(at), what, f"make {short} at most {long}, or that one longer")
    yield from _callbacks(checked)
    yield from _zones_apart(checked)
    yield from _queues(checked)


def _callbacks(checked: CheckedSettings) -> Iterator[Mistake]:
    rules = checked.settings.hotline.callbacks
    path: KeyPath = ("hotline", "callbacks")
    if list(rules.pauses_s) != sorted(rules.pauses_s):
        yield Mistake(
            (*path, "pauses_s"),
            "a later pause is shorter than an earlier one",
            "let them rise: [300, 900, 3600]",
            "warning",
        )
    if sum(rules.pauses_s) > rules.expires_s:
        what = (
            f"pauses of {sum(rules.pauses_s):g} s in all, and it ends after expires_s = {rules.expires_s:g}"
        )
        at = "pauses_s" if checked.says((*path, "pauses_s")) else "expires_s"
        yield Mistake((*path, at), what, "shorten the pauses, or lengthen expires_s")
    if rules.from_hour > rules.to_hour and rules.to_hour != time(0):
        at = "from_hour" if checked.says((*path, "from_hour")) else "to_hour"
        what = (
            f"from {rules.from_hour:%H:%M} to {rules.to_hour:%H:%M} is the night: people would be called then"
        )
        yield Mistake((*path, at), what, "let from_hour be earlier than to_hour")
    reported = checked.settings.cdr.time_zone
    if rules.time_zone != reported and _says_one(checked, "hotline.callbacks.time_zone", "cdr.time_zone"):
        at = "hotline.callbacks.time_zone" if checked.says((*path, "time_zone")) else "cdr.time_zone"
        what = f"calls are made by {rules.time_zone} and counted by {reported}"
        yield Mistake(
            path_of(at), what, "one city has one: hotline.callbacks.time_zone and cdr.time_zone", "warning"
        )


def _zones_apart(checked: CheckedSettings) -> Iterator[Mistake]:
    """Hours ahead of UTC against the named zone."""
    try:
        offset = datetime.now(UTC).astimezone(ZoneInfo(checked.settings.cdr.time_zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return
    hours = offset.total_seconds() / 3600 if offset is not None else 0.0
    for key in ("cases.timezone_h", "field.timezone_h", "citizen.timezone_h"):
        said = _value(checked, key)
        if said is not None and said != hours and _says_one(checked, key, "cdr.time_zone"):
            at = key if checked.says(path_of(key)) else "cdr.time_zone"
            zone = checked.settings.cdr.time_zone
            what = f"{key} = {said:g}, and cdr.time_zone = {zone} is {hours:g} hours ahead of UTC"
            yield Mistake(path_of(at), what, f"{key} = {hours:g}")


def _queues(checked: CheckedSettings) -> Iterator[Mistake]:
    asterisk = checked.settings.asterisk
    for number, queue in enumerate(asterisk.queues if asterisk else ()):
        if queue.overflow_after_s and queue.overflow_after_s <= queue.ring_seconds:
            what = f"a caller goes on before a telephone has rung for its {queue.ring_seconds} s"
            yield Mistake(
                checked.in_file(("asterisk", "queues", number, "overflow_after_s")),
                what,
                "make it longer than ring_seconds",
                "warning",
            )


def magnitudes(checked: CheckedSettings) -> Iterator[Mistake]:
    """Values that look like milliseconds, or like another unit."""
    yield from _magnitudes(checked.told, ())


def _magnitudes(here: Any, path: KeyPath) -> Iterator[Mistake]:
    if isinstance(here, Mapping):
        for name, inner in here.items():
            yield from _magnitudes(inner, (*path, str(name)))
    elif isinstance(here, int | float) and not isinstance(here, bool) and str(path[-1]).endswith(_ENDINGS):
        field = field_at(path)
        usual = field.default if field is not None else None
        if not isinstance(usual, int | float) or usual <= 0 or here <= 0:
            return
        if here >= usual * _TOO_LONG or here * _TOO_LONG * 10 <= usual:
            unit = unit_of(str(path[-1])) or "seconds"
            what = f"{here:g} {unit}, and {usual:g} is usual: is it meant in another unit?"
            yield Mistake(path, what, f"give {unit}", "warning")


def _value(checked: CheckedSettings, key: str) -> float | None:
    here: Any = checked.settings
    for part in key.split("."):
        here = getattr(here, part, None) if isinstance(here, BaseModel) else None
    return float(here) if isinstance(here, int | float) else None


def _says_one(checked: CheckedSettings, *keys: str) -> bool:
    return any(checked.says(path_of(one)) for one in keys)
