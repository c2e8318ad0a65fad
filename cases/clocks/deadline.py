"""The moment at which a limit has passed: time is cut into stretches that count or do not, and summed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from cases.clocks.calendar import WorkingCalendar
from cases.clocks.model import Counting, Deadline, NeverDue, Pause, Stretch, TimeLimit, WhyCounted
from core.errors import Invalid

YEARS_AHEAD: Final = 10
MOST_PAUSES: Final = 1_000


def deadline(
    start: datetime,
    limit: TimeLimit,
    calendar: WorkingCalendar,
    *,
    pauses: Sequence[Pause] = (),
    warn_after: float = 0.75,
) -> Deadline:
    """When `limit` has passed since `start` (aware), and when the share `warn_after` of it has.

    The deadline is the first moment by which so much has been counted: four working hours from 08:00 end at
    12:00 and not at 14:00. Raises `NeverDue`, `NoSuchSeason`, and `Invalid` for a pause that ends before it
    begins.
    """
    start = start.astimezone(UTC)
    closed, open_from = _merged(pauses, start)
    count = _Count(limit.lasts * warn_after, limit.lasts, start)
    for piece, official in _timeline(start, limit, calendar, closed):
        if count.due is not None:
            break
        if open_from is not None and piece.end > open_from:
            count.add(_until(piece, max(piece.begin, open_from)), official=official)
            break
        count.add(piece, official=official)
    return _answer(count, calendar.zone)


class _Count:
    """What has been counted so far."""

    def __init__(self, warn_at: timedelta, wanted: timedelta, start: datetime) -> None:
        self._warn_at = warn_at
        self._wanted = wanted
        self._counted = timedelta()
        self.warning = None if warn_at else start
        self.due = None if wanted else start
        self.provisional = False
        self.stretches: list[Stretch] = []

    def add(self, piece: Stretch, *, official: bool) -> None:
        """The next piece, up to the deadline."""
        length = piece.end - piece.begin if piece.counted else timedelta()
        if self.warning is None and self._counted + length >= self._warn_at:
            self.warning = piece.begin + (self._warn_at - self._counted)
        if self._counted + length >= self._wanted:
            self.due = piece.begin + (self._wanted - self._counted)
            piece = _until(piece, self.due)
        self._counted += length
        self.provisional = self.provisional or not official
        self.stretches.append(piece)


def _timeline(
    start: datetime,
    limit: TimeLimit,
    calendar: WorkingCalendar,
    pauses: Sequence[tuple[datetime, datetime]],
) -> Iterator[tuple[Stretch, bool]]:
    """Pieces from the start on, without a gap, and whether the calendar of their day is official."""
    for day in _days(start.astimezone(calendar.zone).date()):
        official = limit.counting is Counting.NATURAL or calendar.verdict(day).official
        for one in _paused(_of_day(day, limit, calendar), pauses):
            if one.end > start:
                yield _from(one, start), official
    raise NeverDue(
        f"so much time is not counted within {YEARS_AHEAD} years",
        remedy="look at the season and the working hours of the calendar",
    )


def _days(first: date) -> Iterator[date]:
    for number in range(366 * YEARS_AHEAD):
        yield first + timedelta(days=number)


def _of_day(day: date, limit: TimeLimit, calendar: WorkingCalendar) -> Iterator[Stretch]:
    """The whole day, cut; without pauses."""
    begin, end = calendar.midnight(day), calendar.midnight(day + timedelta(days=1))
    if limit.season and not calendar.season(limit.season).covers(day):
        yield Stretch(begin, end, counted=False, why=WhyCounted.OUT_OF_SEASON)
        return
    if limit.counting is Counting.NATURAL:
        yield Stretch(begin, end, counted=True, why=WhyCounted.RUNNING)
        return
    why, name = calendar.why_free(day)
    at = begin
    for opens, closes in calendar.working(day):
        if at < opens:
            yield Stretch(at, opens, counted=False, why=why, name=name)
        yield Stretch(opens, closes, counted=True, why=WhyCounted.WORKING_TIME)
        at = closes
    if at < end:
        yield Stretch(at, end, counted=False, why=why, name=name)


def _paused(stretches: Iterator[Stretch], pauses: Sequence[tuple[datetime, datetime]]) -> Iterator[Stretch]:
    """Cut once more where the clock stands."""
    for one in stretches:
        edges = {one.begin, one.end}
        edges |= {edge for pause in pauses for edge in pause if one.begin < edge < one.end}
        for begin, end in pairwise(sorted(edges)):
            stands = any(first <= begin and end <= last for first, last in pauses)
            if stands:
                yield Stretch(begin, end, counted=False, why=WhyCounted.PAUSED)
            else:
                yield Stretch(begin, end, one.counted, one.why, one.name)


def _merged(
    pauses: Sequence[Pause], start: datetime
) -> tuple[list[tuple[datetime, datetime]], datetime | None]:
    """Those that end, and the earliest begin of one that does not; none before the start."""
    if len(pauses) > MOST_PAUSES:
        raise Invalid(f"more than {MOST_PAUSES} pauses", remedy="a clock is paused a few times")
    closed: list[tuple[datetime, datetime]] = []
    open_from: datetime | None = None
    for one in pauses:
        begin = max(one.begin.astimezone(UTC), start)
        if one.end is None:
            open_from = begin if open_from is None else min(open_from, begin)
            continue
        if one.end < one.begin:
            raise Invalid("a pause ends before it begins", remedy="write it as FROM/TO")
        if one.end > start:
            closed.append((begin, one.end.astimezone(UTC)))
    return closed, open_from


def _answer(count: _Count, zone: ZoneInfo) -> Deadline:
    """In the calendar's zone; neighbours of one kind as one."""
    joined: list[Stretch] = []
    for one in count.stretches:
        if one.begin == one.end:
            continue
        begin, end = one.begin.astimezone(zone), one.end.astimezone(zone)
        last = joined[-1] if joined else None
        if last is not None and (last.counted, last.why, last.name) == (one.counted, one.why, one.name):
            joined[-1] = Stretch(last.begin, end, one.counted, one.why, one.name)
        else:
            joined.append(Stretch(begin, end, one.counted, one.why, one.name))
    return Deadline(
        None if count.due is None else count.due.astimezone(zone),
        None if count.warning is None else count.warning.astimezone(zone),
        count.provisional,
        joined,
    )


def _from(one: Stretch, begin: datetime) -> Stretch:
    return one if one.begin >= begin else Stretch(begin, one.end, one.counted, one.why, one.name)


def _until(one: Stretch, end: datetime) -> Stretch:
    return Stretch(one.begin, end, one.counted, one.why, one.name)
