"""Intervals of a report in a time zone: which quarters of an hour of UTC belong to which. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cdr.reports.model import QUARTER_S, quarter_of, start_of
from core.errors import Invalid

LONGEST: Final = timedelta(days=3_700)
_EPOCH = date(1970, 1, 1)
_MONDAY = 3
"""Days from the Monday of its week to 1 January 1970, a Thursday."""


class Interval(StrEnum):
    """`whole`: the asked time in one row."""

    QUARTER = "15min"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    WHOLE = "whole"


UNIT: Final = {Interval.QUARTER: 1, Interval.HOUR: 4}
DAY_UNIT: Final = 96


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Quarters `first` up to `until`, in which the zone is off by `offset` quarters from UTC."""

    first: int
    until: int
    offset: int


def zone(name: str) -> ZoneInfo:
    """Raises `Invalid`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(
            "there is no such time zone", remedy="give a name like Asia/Shanghai (tzdata must be installed)"
        ) from error


def moment(text: str, where: tzinfo) -> datetime:
    """A date (its midnight), or an ISO time; without an offset it is local time. Raises `Invalid`."""
    try:
        told = datetime.fromisoformat(text)
        return (told if told.tzinfo else told.replace(tzinfo=where)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("not a date or time", remedy="give 2026-11-25 or 2026-11-25T08:00+08:00") from error


def quarters(since: datetime, until: datetime) -> tuple[int, int]:
    """The quarters from the one in which `since` lies up to the one in which `until` lies, or that begins
    with it. Raises `Invalid` when there is none or when the time is too long.
    """
    first, last = quarter_of(since), -(-int(until.timestamp()) // QUARTER_S)
    if last <= first:
        raise Invalid("the time is empty", remedy="give a `to` that is after `from`")
    if until - since > LONGEST:
        raise Invalid("the time is too long", remedy="ask for ten years at most")
    return first, last


def stretches(first: int, until: int, where: tzinfo) -> Iterator[TimeRange]:
    """The time cut where the zone's offset changes."""
    while first < until:
        offset = _offset(first, where)
        end = first
        while end < until and _offset(end, where) == offset:
            step = min(until, end + DAY_UNIT)
            if _offset(step, where) == offset:
                end = step
            else:
                end = next(quarter for quarter in range(end, step + 1) if _offset(quarter, where) != offset)
                break
        yield TimeRange(first, min(end, until), offset)
        first = end


@dataclass(frozen=True, slots=True)
class IntervalGrid:
    """How a stretch falls into intervals: quarters `(quarter + shift) // unit`, or the places in `edges` (the
    first quarters of all intervals but the first). `starts` are the local beginnings by bucket.
    """

    shift: int = 0
    unit: int = 1
    edges: tuple[int, ...] = ()

    def fits(self, length: int) -> bool:
        """True when no interval's edge falls inside a period of so many quarters."""
        return not any(one % length for one in (self.shift, self.unit, *self.edges))


def cut(interval: Interval, stretch: TimeRange) -> IntervalGrid:
    """Not for `whole`, which is not cut."""
    if interval is Interval.MONTH:
        return IntervalGrid(unit=0, edges=_month_edges(stretch))
    if interval is Interval.WEEK:
        return IntervalGrid(stretch.offset + _MONDAY * DAY_UNIT, 7 * DAY_UNIT)
    return IntervalGrid(stretch.offset, UNIT.get(interval, DAY_UNIT))


def begins(interval: Interval, bucket: int, stretch: TimeRange, where: tzinfo) -> datetime:
    """When the interval of this bucket of the stretch begins, in local time."""
    unit = UNIT.get(interval)
    if unit is not None:
        # The offset is the stretch's own: an hour in which the clock changes is two, and told apart by it.
        off = timezone(stretch.offset * timedelta(seconds=QUARTER_S))
        return start_of(bucket * unit - stretch.offset).astimezone(off)
    if interval is Interval.MONTH:
        return _midnight(_months(stretch)[bucket], where)
    day = bucket * 7 - _MONDAY if interval is Interval.WEEK else bucket
    return _midnight(_EPOCH + timedelta(days=day), where)


def bucket_of(interval: Interval, quarter: int, stretch: TimeRange) -> int:
    how = cut(interval, stretch)
    if interval is Interval.MONTH:
        return sum(1 for edge in how.edges if quarter >= edge)
    return (quarter + how.shift) // how.unit


def _midnight(day: date, where: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=where)


def _months(stretch: TimeRange) -> list[date]:
    """The first days of the local months that the stretch touches."""
    month = (_EPOCH + timedelta(days=(stretch.first + stretch.offset) // DAY_UNIT)).replace(day=1)
    found = [month]
    while True:
        month = (month + timedelta(days=31)).replace(day=1)
        if (month - _EPOCH).days * DAY_UNIT - stretch.offset >= stretch.until:
            return found
        found.append(month)


def _month_edges(stretch: TimeRange) -> tuple[int, ...]:
    return tuple((month - _EPOCH).days * DAY_UNIT - stretch.offset for month in _months(stretch)[1:])


def _offset(quarter: int, where: tzinfo) -> int:
    off = start_of(quarter).astimezone(where).utcoffset() or timedelta()
    return round(off.total_seconds()) // QUARTER_S
