"""Deadlines against a count minute by minute over three years of real holidays, and what cities name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clocks.calendar import OwnDay, Season, WorkingCalendar, WorkingSpan, load_working_calendar
from cases.clocks.deadline import deadline
from cases.clocks.model import Counting, NeverDue, NoSuchSeason, Pause, TimeLimit, WhyCounted
from core.errors import Invalid

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = load_working_calendar()
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
MINUTES = ((LAST - FIRST).days + 1) * 1_440
BEGIN = datetime(2024, 1, 1, tzinfo=ZONE)
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def minute(number: int) -> datetime:
    """That minute of the three years."""
    return BEGIN + timedelta(minutes=number)


def working(**lasts: float) -> TimeLimit:
    return TimeLimit(timedelta(**lasts), Counting.WORKING)


@lru_cache(maxsize=4)
def oracle_minutes(counting: Counting, season: str) -> np.ndarray:
    """Whether each minute from 2024 to 2026 counts, asked of the calendar's library itself."""
    counts = np.zeros(MINUTES, dtype=bool)
    for number in range(MINUTES // 1_440):
        day = FIRST + timedelta(days=number)
        if season and not (4, 15) <= (day.month, day.day) <= (10, 15):
            continue
        midnight = number * 1_440
        if counting is Counting.NATURAL:
            counts[midnight : midnight + 1_440] = True
        elif chinese_calendar.is_workday(day):
            for begin, end in ((8, 12), (14, 18)):
                counts[midnight + begin * 60 : midnight + end * 60] = True
    return counts


def oracle(start: int, lasts: int, limit: TimeLimit, pauses: list[tuple[int, int]]) -> int | None:
    """The minute by whose begin `lasts` minutes have counted; None when the three years do not suffice."""
    counts = oracle_minutes(limit.counting, limit.season).copy()
    counts[:start] = False
    for begin, end in pauses:
        counts[begin:end] = False
    if lasts == 0:
        return start
    reached = np.flatnonzero(np.cumsum(counts) >= lasts)
    return int(reached[0]) + 1 if reached.size else None


@given(
    start=st.integers(0, MINUTES - 1),
    lasts=st.integers(0, 40 * 480),
    counting=st.sampled_from(list(Counting)),
    season=st.sampled_from(["", "种植季节"]),
    pauses=st.lists(st.tuples(st.integers(-20_000, 40_000), st.integers(0, 20_000)), max_size=4),
)
def test_every_deadline_is_the_one_that_counting_minutes_gives(
    start: int, lasts: int, counting: Counting, season: str, pauses: list[tuple[int, int]]
) -> None:
    limit = TimeLimit(timedelta(minutes=lasts), counting, season)
    within = [(max(0, start + begin), max(0, start + begin + length)) for begin, length in pauses]
    expected = oracle(start, lasts, limit, within)
    if expected is None:
        return
    found = deadline(
        minute(start), limit, CALENDAR,
        pauses=[Pause(minute(one), minute(other)) for one, other in within],
    )  # fmt: skip
    assert found.due == minute(expected)
    assert found.warning is not None
    assert found.warning <= found.due
    assert not (found.provisional and expected < MINUTES)
    counted = sum(((one.end - one.begin) for one in found.stretches if one.counted), timedelta())
    assert counted == limit.lasts
    edges = [minute(start), *(one.end for one in found.stretches)]
    assert [one.begin for one in found.stretches] == edges[:-1], "the stretches have no gap"


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-11-30T08:00", working(hours=4), "2026-11-30T12:00"),
        ("2026-11-30T11:00", working(hours=4), "2026-11-30T17:00"),
        ("2026-11-27T17:00", working(hours=2), "2026-11-30T09:00"),  # over a weekend
        ("2026-09-30T17:00", working(hours=2), "2026-10-08T09:00"),  # over National Day
        ("2026-10-09T17:30", working(hours=1), "2026-10-10T08:30"),  # a Saturday that is worked
        ("2026-11-27T23:00", TimeLimit(2 * HOUR, Counting.NATURAL), "2026-11-28T01:00"),
        ("2026-11-30T03:00", working(hours=0), "2026-11-30T03:00"),
    ],
)
def test_the_cases_that_cities_name(start: str, limit: TimeLimit, due: str) -> None:
    assert deadline(at(start), limit, CALENDAR).due == at(due)


def test_each_stretch_says_why_it_counts_or_not() -> None:
    found = deadline(
        at("2026-09-30T17:00"), working(hours=2), CALENDAR,
        pauses=[Pause(at("2026-10-08T08:00"), at("2026-10-08T08:30"))],
    )  # fmt: skip
    assert [(one.why, one.name) for one in found.stretches] == [
        (WhyCounted.WORKING_TIME, ""),
        (WhyCounted.OUT_OF_HOURS, ""),
        (WhyCounted.HOLIDAY, "国庆节"),
        (WhyCounted.OUT_OF_HOURS, ""),
        (WhyCounted.PAUSED, ""),
        (WhyCounted.WORKING_TIME, ""),
    ]
    assert found.due == at("2026-10-08T09:30")
    assert found.warning == at("2026-10-08T09:00")


def test_a_pause_that_has_not_ended_leaves_the_deadline_open_unless_it_came_before() -> None:
    paused = deadline(
        at("2026-11-30T08:00"), working(hours=4), CALENDAR, pauses=[Pause(at("2026-11-30T11:30"))]
    )
    assert paused.due is None
    assert paused.warning == at("2026-11-30T11:00")
    late = deadline(
        at("2026-11-30T08:00"), working(hours=4), CALENDAR, pauses=[Pause(at("2026-11-30T12:00"))]
    )
    assert late.due == at("2026-11-30T12:00")
    for bad in (Pause(at("2026-11-30T11:30"), at("2026-11-30T11:00")),):
        with pytest.raises(Invalid):
            deadline(at("2026-11-30T08:00"), working(hours=4), CALENDAR, pauses=[bad])


def test_a_year_without_an_official_calendar_is_provisional_until_the_city_enters_it() -> None:
    start = at("2027-02-05T09:00")
    found = deadline(start, working(hours=8), CALENDAR)
    assert found.provisional
    days = (
        OwnDay(day=date(2027, 2, 4), until=date(2027, 2, 10), working=False, name="春节"),
        OwnDay(day=date(2027, 2, 13), working=True, name="春节调休"),
    )
    known = CALENDAR.model_copy(update={"days": days, "official_years": frozenset({2027})})
    official = deadline(start, working(hours=8), known)
    assert not official.provisional
    assert official.due == at("2027-02-11T18:00")
    assert not deadline(start, TimeLimit(HOUR, Counting.NATURAL), CALENDAR).provisional


def test_what_never_ends_is_refused() -> None:
    shut = WorkingCalendar(hours=())
    with pytest.raises(NeverDue):
        deadline(at("2026-11-30T08:00"), working(hours=4), shut)
    with pytest.raises(NoSuchSeason) as error:
        deadline(at("2026-11-30T08:00"), TimeLimit(HOUR, Counting.WORKING, "雨季"), CALENDAR)
    assert "种植季节" in str(error.value.remedy)


@given(start=st.datetimes(datetime(2024, 3, 1), datetime(2024, 12, 1)), hours=st.integers(0, 200))  # noqa: DTZ001
def test_natural_hours_are_hours_that_pass_where_the_clock_is_changed(start: datetime, hours: int) -> None:
    berlin = CALENDAR.model_copy(update={"timezone": "Europe/Berlin"})
    begin = start.replace(tzinfo=UTC)
    found = deadline(begin, TimeLimit(hours * HOUR, Counting.NATURAL), berlin)
    assert found.due is not None
    assert found.due.astimezone(UTC) - begin == hours * HOUR


def test_a_season_may_pass_the_turn_of_the_year_and_hours_may_differ_in_it() -> None:
    winter = Season.model_validate({"from": "11-01", "to": "02-29"})
    assert [winter.covers(date(2026, month, 15)) for month in (1, 2, 3, 10, 11, 12)] == [
        True, True, False, False, True, True
    ]  # fmt: skip
    short = WorkingCalendar.model_validate(
        {
            "hours": [{"from": "08:00", "to": "12:00"}, {"from": "14:00", "to": "18:00"}],
            "seasonal_hours": [{"from": "11-01", "to": "02-29", "hours": [{"from": "09:00", "to": "15:00"}]}],
        }
    )
    assert deadline(at("2026-11-30T08:00"), working(hours=7), short).due == at("2026-12-01T10:00")
    assert deadline(at("2026-10-30T08:00"), working(hours=7), short).due == at("2026-10-30T17:00")


def test_spans_that_overlap_or_run_backwards_are_refused() -> None:
    span = WorkingSpan.model_validate({"from": "08:00", "to": "12:00"})
    other = WorkingSpan.model_validate({"from": "11:00", "to": "13:00"})
    with pytest.raises(ValueError, match="overlap"):
        WorkingCalendar(hours=(span, other))
    for bad in (
        {"from": "12:00", "to": "08:00"},
        {"from": "8", "to": "09:00"},
        {"from": "08:75", "to": "10:00"},
    ):
        with pytest.raises(ValueError, match="must"):
            WorkingSpan.model_validate(bad)
