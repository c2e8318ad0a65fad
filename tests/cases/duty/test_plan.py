"""Duty times: weekly, by working day or holiday of the city's calendar, over midnight, from a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clocks.calendar import load_working_calendar
from cases.duty.importer import merge_duty_times, read_duty_times
from cases.duty.model import DutyPlan, DutyTime

CITY = ZoneInfo("Asia/Shanghai")
CALENDAR = load_working_calendar()


def at(text: str) -> datetime:
    """By the city's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=CITY)


def duty(user: str = "ma", department: str = "drainage", **more: object) -> DutyTime:
    told = {"user_id": user, "department": department, "starts": "08:00", "ends": "17:00", **more}
    return DutyTime.model_validate(told)


def on_duty(plan: DutyPlan, moment: str) -> list[str]:
    return sorted(plan.on_duty("drainage", at(moment)))


def test_it_holds_from_its_begin_to_before_its_end_and_on_its_days() -> None:
    plan = DutyPlan(CALENDAR, [duty(weekdays=(1, 2))])
    moments = ["2026-11-30T07:59", "2026-11-30T08:00", "2026-11-30T16:59", "2026-11-30T17:00"]
    assert [bool(on_duty(plan, one)) for one in moments] == [False, True, True, False]
    assert on_duty(plan, "2026-12-02T09:00") == [], "a Wednesday"
    assert plan.on_duty("greening", at("2026-11-30T09:00")) == {}


def test_a_working_day_is_the_calendars_with_adjusted_ones_and_without_holidays() -> None:
    plan = DutyPlan(CALENDAR, [duty("day", day_kind="working"), duty("off", day_kind="free")])
    assert on_duty(plan, "2026-11-30T09:00") == ["day"]
    assert on_duty(plan, "2026-11-28T09:00") == ["off"], "a Saturday"
    assert on_duty(plan, "2026-10-01T09:00") == ["off"], "the National Day, a Thursday"
    assert on_duty(plan, "2026-10-10T09:00") == ["day"], "a Saturday that is worked"


def test_over_midnight_it_belongs_to_the_day_on_which_it_began() -> None:
    night = duty("night", starts="18:00", ends="08:00", day_kind="working")
    plan = DutyPlan(CALENDAR, [night])
    assert on_duty(plan, "2026-11-28T02:00") == ["night"], "Friday's night"
    assert on_duty(plan, "2026-11-29T02:00") == [], "no night begins on a Saturday"
    (found,) = plan.on_duty("drainage", at("2026-11-27T20:00")).values()
    assert found.until == at("2026-11-28T08:00")


def test_of_two_times_of_a_person_the_later_end_counts() -> None:
    plan = DutyPlan(CALENDAR, [duty(ends="12:00"), duty(starts="09:00", phone="04518000")])
    (found,) = plan.on_duty("drainage", at("2026-11-30T10:00")).values()
    assert (found.until, found.phone) == (at("2026-11-30T17:00"), "04518000")


def test_when_nobody_is_there_the_next_one_is_named() -> None:
    plan = DutyPlan(
        CALENDAR, [duty(day_kind="working"), duty("he", starts="20:00", ends="22:00", weekdays=(7,))]
    )
    assert plan.next_at("drainage", at("2026-11-27T18:00")) == at("2026-11-29T20:00")
    assert plan.next_at("drainage", at("2026-11-29T23:00")) == at("2026-11-30T08:00")
    assert plan.next_at("greening", at("2026-11-30T09:00")) is None
    over = DutyPlan(CALENDAR, [duty(last="2026-11-01")])
    assert over.next_at("drainage", at("2026-11-30T09:00")) is None


times = st.builds(
    lambda user, starts, ends, days, kind: duty(
        user, starts=f"{starts:02}:00", ends=f"{ends:02}:30", weekdays=tuple(sorted(days)), day_kind=kind
    ),
    st.sampled_from(["a", "b"]),
    st.integers(0, 23),
    st.integers(0, 23),
    st.sets(st.integers(1, 7), max_size=7),
    st.sampled_from(["all", "working", "free"]),
)


@given(st.lists(times, max_size=4), st.integers(0, 24 * 40), st.integers(0, 59))
def test_who_is_on_duty_stays_so_until_it_is_said_and_the_next_begin_begins(
    rows: list[DutyTime], hours: int, minutes: int
) -> None:
    plan = DutyPlan(CALENDAR, rows)
    now = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(hours=hours, minutes=minutes)
    for user, found in plan.on_duty("drainage", now).items():
        assert found.until > now
        last = plan.on_duty("drainage", found.until - timedelta(minutes=1))
        assert user in last
        assert last[user].until >= found.until
    after = plan.next_at("drainage", now)
    if after is not None:
        assert after > now
        assert plan.on_duty("drainage", after)


def test_a_table_replaces_the_times_of_the_people_that_it_names() -> None:
    table = (
        "部门编号,人员,上班时间,下班时间,星期,日期类别,值班电话\n"
        "drainage,ma,8:00,17:00,周一至周五,工作日,0451-8000\n"
        "drainage,ma,09:00,16:00,,休息日,0451-8001\n"
    ).encode("gb18030")
    before = [duty("ma", starts="06:00"), duty("he"), duty("ma", "greening")]
    lines, after = merge_duty_times(read_duty_times(table), before)
    assert [line.act for line in lines] == ["change", "change"]
    assert [(one.user_id, one.department, one.starts) for one in after] == [
        ("he", "drainage", "08:00"), ("ma", "greening", "08:00"), ("ma", "drainage", "08:00"),
        ("ma", "drainage", "09:00"),
    ]  # fmt: skip
    assert [one.day_kind for one in after[2:]] == ["working", "free"]
    assert after[2].weekdays == (1, 2, 3, 4, 5)
    again, same = merge_duty_times(read_duty_times(table), after)
    assert [line.act for line in again] == ["same", "same"]
    assert set(same) == set(after)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("starts", "25:00"), ("ends", "later"), ("weekdays", "8"), ("day_kind", "sometimes"),
        ("phone", "call me"), ("last", "2020-01-01"), ("user_id", "a b"),
    ],
)  # fmt: skip
def test_a_wrong_cell_refuses_its_line(column: str, cell: str) -> None:
    cells = {
        "department": "drainage",
        "user_id": "ma",
        "starts": "08:00",
        "ends": "17:00",
        "first": "2026-01-01",
    }
    cells[column] = cell
    table = f"{','.join(cells)}\n{','.join(cells.values())}\n"
    lines, after = merge_duty_times(read_duty_times(table.encode()), [])
    assert (lines[0].act, after) == ("refused", [])
    assert lines[0].problems
