"""Shifts of inspectors: imported line by line, over midnight, on days and between dates."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.csv_table import TableUnreadable
from core.weekly import weekdays
from field.inspectors.importer import merge_shifts, read_shifts
from field.inspectors.model import InspectorShift, ShiftPlan

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)


def a_shift(starts: str = "08:00", ends: str = "16:00", **more: object) -> InspectorShift:
    return InspectorShift.model_validate({"unit_id": "app:21", "starts": starts, "ends": ends, **more})


def test_a_shift_counts_by_the_clock_of_the_city() -> None:
    plan = ShiftPlan((a_shift(weekdays=(1,)),), hours=8)
    begins = MONDAY  # 08:00 in Harbin
    assert plan.covers("app:21", begins)
    assert not plan.covers("app:21", begins - timedelta(seconds=1))
    assert not plan.covers("app:21", begins + timedelta(hours=8))
    assert not plan.covers("app:21", begins + timedelta(days=1))
    assert not plan.covers("app:22", begins)
    assert plan.began("app:21", begins + timedelta(hours=3)) == begins


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    night = a_shift("22:00", "06:00", weekdays=(7,), first=date(2026, 11, 29), last=date(2026, 11, 29))
    assert night.covers(datetime(2026, 11, 29, 23, tzinfo=UTC))
    assert night.covers(datetime(2026, 11, 30, 5, 59, tzinfo=UTC))
    morning = datetime(2026, 11, 30, 5, 59, tzinfo=UTC)
    assert night.began(morning) == datetime(2026, 11, 29, 22, tzinfo=UTC)
    assert not night.covers(datetime(2026, 11, 30, 6, tzinfo=UTC))
    assert not night.covers(datetime(2026, 11, 29, 5, tzinfo=UTC))
    assert not night.covers(datetime(2026, 11, 30, 23, tzinfo=UTC))


@given(st.times(), st.times(), st.sets(st.integers(1, 7)), st.integers(0, 525_600))
def test_a_shift_covers_as_a_walk_through_its_minutes_says(
    starts: time, ends: time, days: set[int], minute: int
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    begin, end = f"{starts:%H:%M}", f"{ends:%H:%M}"
    shift = a_shift(begin, end, weekdays=tuple(days))
    expected = False
    for back in (0, 1):
        day = at.date() - timedelta(days=back)
        if days and day.isoweekday() not in days:
            continue
        first = datetime.combine(day, time.fromisoformat(begin), UTC)
        last = datetime.combine(day, time.fromisoformat(end), UTC)
        expected |= first <= at < (last if last > first else last + timedelta(days=1))
    assert shift.covers(at) == expected


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1-5", (1, 2, 3, 4, 5)),
        ("周一至周五", (1, 2, 3, 4, 5)),
        ("六、日", (6, 7)),
        ("7;1", (1, 7)),
        ("", ()),
    ],
)
def test_days_are_read_as_people_write_them(text: str, days: tuple[int, ...]) -> None:
    assert weekdays(text) == days


def test_a_table_replaces_the_shifts_of_whom_it_names() -> None:
    old = [a_shift(), InspectorShift(unit_id="app:9", starts="08:00", ends="12:00")]
    data = (
        "处置单元,上班时间,下班时间,星期,开始日期,结束日期\n"
        "app:21,8:00,16:00,,,\napp:21,18:00,22:00,周六,2026-12-01,2026-12-31\napp:22,22:00,6:00,1-5,,\n"
    ).encode("gb18030")
    lines, after = merge_shifts(read_shifts(data), old)
    assert [line.act for line in lines] == ["same", "change", "add"]
    assert [(one.unit_id, one.starts) for one in after] == [
        ("app:9", "08:00"), ("app:21", "08:00"), ("app:21", "18:00"), ("app:22", "22:00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    ["王,8:00,9:00,", "app:1,25:00,9:00,", "app:1,8:00,9:00,8", "app:1,8:00,9:00,5-1", "user:li,8:00,9:00,"],
)
def test_a_wrong_cell_refuses_its_line(line: str) -> None:
    lines, after = merge_shifts(read_shifts(f"unit_id,starts,ends,weekdays\n{line}\n".encode()), ())
    assert [one.act for one in lines] == ["refused"]
    assert lines[0].problems[0].column
    assert after == []


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(TableUnreadable):
        merge_shifts(read_shifts(b"unit_id,starts,ends\n" + data), ())
