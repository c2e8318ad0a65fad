"""English words for a time, to what they count: last night at eight · since last Friday."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cases.drafting.details.moments import Kind, Part, SpokenMoment
from cases.drafting.numerals import EN_NUMERAL, en_number

_WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_PARTS: dict[str, Part] = {
    "morning": "morning",
    "afternoon": "afternoon",
    "evening": "evening",
    "night": "night",
}
_DAY = (
    r"(?P<day>the\s+day\s+before\s+yesterday|yesterday|today|tonight|last\s+night"
    rf"|this\s+(?:morning|afternoon|evening)|(?:last\s+|on\s+|this\s+)?(?:{'|'.join(_WEEKDAY_NAMES)})\b"
    rf"|last\s+(?:week|month|year)|(?:in\s+|last\s+)(?:{'|'.join(_MONTH_NAMES)})\b"
    rf"|(?:{EN_NUMERAL}|an?|a\s+couple\s+of)\s+(?:days?|weeks?|months?|years?)\s+ago)"
)
_CLOCK = (
    rf"(?:\s*,?\s*(?:at|around|about)\s+(?P<hour>{EN_NUMERAL})(?:\s*(?P<half>thirty))?"
    r"\s*(?P<half_day>[ap]\.?m\.?|o'?clock)?)"
)
_MOMENT = re.compile(
    rf"\b(?P<since>since\s+|from\s+)?{_DAY}(?:\s+(?P<part>morning|afternoon|evening|night))?{_CLOCK}?",
    re.IGNORECASE,
)
_SINCE_MONTH = re.compile(rf"\bsince\s+(?P<month>{'|'.join(_MONTH_NAMES)})\b", re.IGNORECASE)
_AMOUNT = rf"(?:the\s+(?:last|past)\s+)?(?P<n>{EN_NUMERAL}|an?)\s+(?P<unit>days?|weeks?|months?|years?)\b"
_ON = r"(?=\s+(?:already|now|straight|in\s+a\s+row|without|after))"
_LASTS = (
    re.compile(rf"\b(?:for|since)\s+{_AMOUNT}(?!\s+ago)", re.IGNORECASE),
    re.compile(rf"\b{_AMOUNT}{_ON}", re.IGNORECASE),
)
_EVERY = re.compile(
    r"\bevery\s+(?:single\s+)?(?:day|night|morning|evening|afternoon|weekend|week)\b", re.IGNORECASE
)


def times_en(text: str) -> Iterator[tuple[int, int, SpokenMoment]]:
    """Every time in the text: where, and what was said."""
    for match in _MOMENT.finditer(text):
        yield match.start(), match.end(), _moment(match)
    for match in _SINCE_MONTH.finditer(text):
        month = _MONTH_NAMES.index(match["month"].casefold()) + 1
        yield match.start(), match.end(), SpokenMoment(kind="since", on=(month, 1), precision="month")
    for pattern in _LASTS:
        for match in pattern.finditer(text):
            yield match.start(), match.end(), _counted("since", match["n"], match["unit"])
    for match in _EVERY.finditer(text):
        yield match.start(), match.end(), SpokenMoment(kind="every", vague=True)


def _moment(match: re.Match[str]) -> SpokenMoment:
    said = " ".join(match["day"].casefold().split())
    kind: Kind = "since" if match["since"] else "at"
    if said.endswith(" ago"):
        words = said.split()
        return _counted(kind, " ".join(words[:-2]), words[-2])
    last = said.rpartition(" ")[2]
    whole = {
        "last week": SpokenMoment(kind=kind, weeks=1, precision="week"),
        "last month": SpokenMoment(kind=kind, months=1, precision="month"),
        "last year": SpokenMoment(kind=kind, years=1, precision="year"),
    }
    if last in _MONTH_NAMES:
        return SpokenMoment(kind=kind, on=(_MONTH_NAMES.index(last) + 1, 1), precision="month")
    if said in whole:
        return whole[said]
    part = "night" if said == "tonight" else _PARTS.get((match["part"] or last).casefold())
    hour, part = _clock(match, part)
    minute = 30 if match["half"] else None
    if last in _WEEKDAY_NAMES:
        return SpokenMoment(
            kind=kind, weekday=_WEEKDAY_NAMES.index(last), part=part, hour=hour, minute=minute
        )
    days = 2 if said.startswith("the day") else 1 if said in {"yesterday", "last night"} else 0
    return SpokenMoment(kind=kind, days=days, part=part, hour=hour, minute=minute)


def _clock(match: re.Match[str], part: Part | None) -> tuple[int | None, Part | None]:
    number = en_number(match["hour"]) if match["hour"] else None
    half_day = (match["half_day"] or "").casefold().replace(".", "")
    if half_day == "am":
        part = "morning"
    elif half_day == "pm":
        part = part if part in {"evening", "night"} else "afternoon"
    hour = int(number) if number is not None and int(number) <= 24 else None
    return (0 if hour == 12 and half_day == "am" else hour), part


def _counted(kind: Kind, said: str, unit: str) -> SpokenMoment:
    number = "1" if said.casefold() in {"a", "an"} else en_number(said)
    if number is None or int(number) > 1000:
        return SpokenMoment(kind=kind, vague=True)
    count, what = int(number), unit.casefold().rstrip("s")
    match what:
        case "day":
            return SpokenMoment(kind=kind, days=count)
        case "week":
            return SpokenMoment(kind=kind, weeks=count, precision="week")
        case "month":
            return SpokenMoment(kind=kind, months=count, precision="month")
        case _:
            return SpokenMoment(kind=kind, years=count, precision="year")
