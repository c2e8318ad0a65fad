"""Chinese words for a time, to what they count: 昨天晚上八点半 · 上个礼拜三 · 五月六号 · 三天了."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from cases.drafting.details.moments import Kind, Part, SpokenMoment
from cases.drafting.numerals import zh_number

MOST = 1_000
"""Days, weeks, months or years beyond which a number is not believed."""
_N = "[一二两三四五六七八九十百零〇0-9]"
_DAYS = {"大前": 3, "前": 2, "昨": 1, "今": 0}
_PART_WORDS: Mapping[Part, str] = {
    "night": "后半夜 下半夜 半夜 夜里 深夜 夜",
    "small-hours": "凌晨",
    "morning": "大清早 一大早 清早 清晨 早上 早晨 上午 早",
    "noon": "中午",
    "afternoon": "下午",
    "evening": "傍晚 晚上 晚间 晚",
}
_PARTS: Mapping[str, Part] = {word: part for part, words in _PART_WORDS.items() for word in words.split()}
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_CLOCK = (
    rf"(?P<hour>{_N}{{1,3}})(?:点(?:钟|多)?|时)"
    rf"(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>{_N}{{1,3}})分)?"
)
_EVERY = r"(?P<every>每天|天天|每晚|每到|每周末?|一到)"
_DAY = r"(?:(?P<day>大前|前|昨|今)(?:天|儿个?|日|(?=[晚早夜])))"
_WEEK = (
    r"(?:(?P<week>上上|上|这|本)个?(?:周|星期|礼拜)(?P<wd>[一二三四五六日天])?"
    r"|(?:周|星期|礼拜)(?P<wd2>[一二三四五六日天]))"
)
_DATE = rf"(?:(?P<month>{_N}{{1,3}})月(?:份)?(?:(?P<dom>{_N}{{1,3}})[号日])?)"
_MONTH = r"(?:(?P<mon>上上|上|这|本)个?月(?!份?[一二三四五六七八九十0-9]))"
_YEAR = r"(?:(?P<year>大前|前|去|今)年)"
_MOMENT = re.compile(
    rf"(?P<since>从|自从|自打|打)?(?:{_EVERY})?(?:(?:{_DAY}|{_WEEK}|{_DATE}|{_MONTH}|{_YEAR})[\s，的]{{0,2}})?"
    rf"(?:(?P<part>{_PART})[\s，的]?)?(?:{_CLOCK})?(?P<begun>开始|起(?![来床])|以来|到现在|就)?"
)
_TRAILING = "，的 \t\n"
_LASTS = re.compile(
    rf"(?P<nth>第)?(?P<n>半|几|好几|小半|大半|俩|仨|{_N}{{1,4}})(?P<more>多)?个?(?:来|多)?"
    rf"(?P<unit>天|宿|周|礼拜|星期|月|年|小时|钟头|分钟)(?P<half>半)?(?P<over>多)?(?=了|没|都|以来|吧|左右)"
)
_WEEKDAYS = {char: index for index, char in enumerate("一二三四五六日")} | {"天": 6}
_YEARS = {"大前": 3, "前": 2, "去": 1, "今": 0}


def times_zh(text: str) -> Iterator[tuple[int, int, SpokenMoment]]:
    """Every time in the text: where, and what was said."""
    for match in _MOMENT.finditer(text):
        spoken = _moment(match)
        if spoken is not None:
            yield match.start(), match.start() + len(match[0].rstrip(_TRAILING)), spoken
    for match in _LASTS.finditer(text):
        spoken = _lasting(match)
        if spoken is not None:
            yield match.start(), match.end(), spoken


def _moment(match: re.Match[str]) -> SpokenMoment | None:
    got = match.groupdict()
    dated = any(got[name] for name in ("day", "week", "wd2", "month", "mon", "year"))
    timed = got["part"] and (got["hour"] or len(got["part"]) > 1)
    often = got["every"] and (timed or dated or got["every"] not in {"一到", "每到"})
    begun = got["since"] or (got["begun"] and got["begun"] != "就")
    kind: Kind = "every" if often else "since" if begun else "at"
    if not (dated or often or (timed and (kind == "since" or got["hour"]))):
        return None  # 晚上 alone is no date
    minute = 30 if got["half"] else {"一": 15, "三": 45}.get(got["quarter"] or "", _count(got["minute"]))
    plain = SpokenMoment(
        kind=kind, part=_PARTS.get(got["part"] or ""), hour=_count(got["hour"]), minute=minute
    )
    return _dated(plain, got)


def _dated(plain: SpokenMoment, got: Mapping[str, str | None]) -> SpokenMoment | None:
    """The moment with its day, week, month or year; None for a month that is none."""
    weekday = _WEEKDAYS.get(got["wd"] or got["wd2"] or "")
    back = {"上": 1, "上上": 2}
    spoken: SpokenMoment | None = plain
    if got["day"]:
        spoken = replace(plain, days=_DAYS[got["day"]])
    elif weekday is not None:
        spoken = replace(plain, weekday=weekday, weeks=back.get(got["week"] or "", 0))
    elif got["week"]:
        spoken = replace(plain, weeks=back.get(got["week"], 0), days=0, precision="week")
    elif got["month"]:
        month, day = _count(got["month"]), _count(got["dom"])
        known = month is not None and 1 <= month <= 12
        spoken = None
        if known and month is not None:
            spoken = replace(plain, on=(month, day or 1), precision="day" if day else "month")
    elif got["mon"]:
        spoken = replace(plain, months=back.get(got["mon"], 0), precision="month")
    elif got["year"]:
        spoken = replace(plain, years=_YEARS[got["year"]], precision="year")
    return spoken


def _lasting(match: re.Match[str]) -> SpokenMoment | None:
    number, unit = match["n"], match["unit"]
    half_year = number == "半" and unit == "年"
    if "几" in number or (number in {"半", "小半", "大半"} and not half_year):
        return SpokenMoment(kind="since", vague=True)
    count = 6 if half_year else {"俩": 2, "仨": 3}.get(number) or _count(number)
    if count is None or count > MOST:
        return None
    if match["nth"]:
        count -= 1  # on the third day it has lasted for two
    lasting = {
        "天": SpokenMoment(kind="since", days=count),
        "宿": SpokenMoment(kind="since", days=count),
        "月": SpokenMoment(kind="since", months=count, precision="month"),
        "年": SpokenMoment(kind="since", years=count, precision="year"),
    }
    if unit in {"周", "礼拜", "星期"}:
        return SpokenMoment(kind="since", weeks=count, precision="week")
    return lasting["月" if half_year else unit] if unit in lasting else SpokenMoment(kind="since", vague=True)


def _count(said: str | None) -> int | None:
    if not said:
        return None
    number = zh_number(said)
    return int(number) if number is not None else (0 if said in {"零", "〇", "0", "零点"} else None)
