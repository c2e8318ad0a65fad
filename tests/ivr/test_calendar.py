"""Opening hours: the week, holidays, adjusted working days, and any text at all in place of a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

import ivr.room
from gateway.commands.ivr import app
from ivr.calendar.load import CalendarInvalid, load_calendar, odd, parse
from ivr.calendar.model import ALWAYS, WEEKDAYS, Calendar
from ivr.entry import offers_callback, wanted
from ivr.ports import Caller
from ivr.settings import FlowCondition, IvrSettings

CHINA = Path(ivr.room.__file__).parent / "calendar" / "china-2026.toml"
WEEK = b"""[weekly]
monday = ["08:00-12:00", "13:00-24:00"]
"""


def local(text: str, calendar: Calendar) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar.zone)


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        ("2026-11-25T09:00", True),  # a Wednesday
        ("2026-11-25T12:30", False),  # lunch
        ("2026-11-25T17:30", False),  # the last minute is over
        ("2026-11-28T09:00", False),  # a Saturday
        ("2026-10-01T09:00", False),  # National Day
        ("2026-10-07T09:00", False),  # the last day of it
        ("2026-10-08T09:00", True),
        ("2026-10-10T09:00", True),  # a Saturday on which people work for it
        ("2026-02-14T16:00", True),
        ("2026-02-17T10:00", False),
    ],
)
def test_the_calendar_of_2026_knows_holidays_and_adjusted_working_days(at: str, open_: bool) -> None:
    calendar = load_calendar(CHINA)
    assert calendar.is_open(local(at, calendar)) == open_


def test_the_official_calendar_has_seven_holidays_and_six_adjusted_days_and_nothing_odd() -> None:
    calendar = load_calendar(CHINA)
    assert len([one for one in calendar.days if one.like is None]) == 7
    assert len([one for one in calendar.days if one.like is not None]) == 6
    assert odd(calendar, date(2026, 5, 1)) == []
    assert "30" in odd(calendar, date(2026, 9, 30))[0]
    assert all(one.day.weekday() >= 5 for one in calendar.days if one.like)


def test_a_time_is_meant_in_the_zone_of_the_calendar() -> None:
    calendar = load_calendar(CHINA)
    assert calendar.is_open(datetime(2026, 11, 25, 1, 0, tzinfo=UTC))  # 09:00 in Shanghai
    assert not calendar.is_open(datetime(2026, 11, 25, 10, 0, tzinfo=UTC))


def test_it_says_why_and_until_when_in_both_languages() -> None:
    calendar = load_calendar(CHINA)
    verdict = calendar.at(local("2026-10-03T10:00", calendar))
    assert not verdict.open
    assert "国庆节" in verdict.zh
    assert "closed all day" in verdict.en
    assert verdict.until == local("2026-10-08T08:30", calendar)
    adjusted = calendar.at(local("2026-10-10T09:00", calendar))
    assert "adjusted working day like friday" in adjusted.en
    assert adjusted.until == local("2026-10-10T12:00", calendar)


def test_without_a_calendar_it_is_open_day_and_night() -> None:
    assert ALWAYS.at(datetime(2026, 2, 17, 3, 0, tzinfo=UTC)).open
    assert ALWAYS.at(datetime(2026, 2, 17, 3, 0, tzinfo=UTC)).until is None


@given(st.datetimes(datetime(2025, 12, 1), datetime(2027, 2, 1)))  # noqa: DTZ001  # given a zone below
def test_until_is_the_first_moment_at_which_the_answer_is_another_one(moment: datetime) -> None:
    calendar = load_calendar(CHINA)
    at = moment.replace(tzinfo=calendar.zone)
    verdict = calendar.at(at)
    assert verdict.open == calendar.is_open(at)
    assert verdict.until is not None
    assert calendar.is_open(verdict.until) != verdict.open
    just_before = verdict.until - timedelta(minutes=1)
    if just_before >= at:
        assert calendar.is_open(just_before) == verdict.open


@pytest.mark.parametrize(
    "text",
    [
        b"weekly = 3",
        b'[weekly]\nmonday = ["17:00-08:00"]',
        b'[weekly]\nmonday = ["8-17"]',
        b'[weekly]\nmonday = ["08:00-25:00"]',
        b'[weekly]\nfunday = ["08:00-17:00"]',
        b'timezone = "Mars/Olympus"\n[weekly]',
        b'timezone = "../../etc/passwd"\n[weekly]',
        b'[weekly]\n[[days]]\nday = 2026-01-05\nuntil = 2026-01-01\nname = "x"',
        b'[weekly]\n[[days]]\nday = 2026-01-05\nname = "x"\nas = "monday"\nhours = ["08:00-09:00"]',
        b"[weekly]\nopen = true",
        b"\xff\xfe",
    ],
)
def test_what_is_no_calendar_is_refused(text: bytes) -> None:
    with pytest.raises(CalendarInvalid):
        parse(text)


def test_what_is_odd_is_pointed_at() -> None:
    text = (
        WEEK
        + b"""
[[days]]
day = 2026-05-01
until = 2026-05-05
name = "one"
[[days]]
day = 2026-05-04
name = "two"
as = "monday"
"""
    )
    assert len(odd(parse(text), date(2026, 1, 1))) == 2
    assert "no day" in odd(parse(b"[weekly]"), date(2026, 1, 1))[0]


def test_yaml_says_the_same_as_toml() -> None:
    yaml_text = b"""
weekly:
  monday: ["08:00-12:00", "13:00-24:00"]
days:
  - {day: 2026-05-01, name: x, as: monday}
"""
    assert parse(yaml_text, yaml_text=True).weekly == parse(WEEK).weekly
    with pytest.raises(CalendarInvalid):
        parse(b"a: &a [*a]", yaml_text=True)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.booleans())
@example(b"[[[[", True)
@example(b"? [a]", True)
@example(b"a = [" * 50, False)
@example(b"x = 99999999-01-01", False)
@example(b"weekly: {monday: [2026-01-01]}", True)
def test_any_text_at_all_is_a_calendar_or_is_refused(text: bytes, yaml_text: bool) -> None:
    try:
        calendar = parse(text, yaml_text=yaml_text)
    except CalendarInvalid as refused:
        assert refused.problems  # noqa: PT017  # either is right
    else:
        calendar.at(datetime(2026, 1, 1, tzinfo=UTC))


@given(
    st.dictionaries(
        st.sampled_from(WEEKDAYS), st.lists(st.tuples(st.integers(0, 1440), st.integers(0, 1440)))
    )
)
def test_spans_are_open_exactly_where_they_say(weekly: dict[str, list[tuple[int, int]]]) -> None:
    plain = {day: [{"begin": a, "end": b} for a, b in spans if a < b] for day, spans in weekly.items()}
    calendar = Calendar.model_validate({"weekly": plain})
    monday = datetime(2026, 11, 23, tzinfo=calendar.zone)
    for minute in range(0, 1440, 37):
        at = monday + timedelta(minutes=minute)
        assert calendar.is_open(at) == any(
            one["begin"] <= minute < one["end"] for one in plain.get("monday", [])
        )


# --- which flow ----------------------------------------------------------------------------------------


def test_the_first_entry_that_fits_says_which_flow_is_heard() -> None:
    settings = IvrSettings(
        entries=(
            FlowCondition(flow="status", called="12319"),
            FlowCondition(flow="emergency", trunk="danger"),
            FlowCondition(flow="silent", hours="closed", called="0"),
        )
    )
    assert wanted(settings, Caller(called="+8645112319"), is_open=True) == ["status", "default"]
    assert wanted(settings, Caller(called="12345", trunk="danger"), is_open=True)[0] == "emergency"
    assert wanted(settings, Caller(called="10"), is_open=False)[0] == "silent"
    assert wanted(settings, Caller(called="10"), is_open=True) == ["default"]
    assert wanted(settings, Caller(called="12345"), is_open=False) == ["out-of-hours", "default"]


@pytest.mark.parametrize(
    ("waited", "turn", "offered"),
    [(45, 1, False), (90, 2, True), (135, 3, False), (180, 4, False), (225, 5, True), (270, 6, False)],
)
def test_a_callback_is_offered_after_the_wait_and_then_every_third_round(
    waited: int, turn: int, offered: bool
) -> None:
    assert offers_callback(Caller(waited_s=waited, round=turn), 60) == offered


@given(st.integers(0, 10**6), st.integers(0, 10**4), st.integers(0, 3600))
def test_whatever_the_wait_there_is_an_answer(waited: int, turn: int, after: int) -> None:
    offered = offers_callback(Caller(waited_s=waited, round=turn), after)
    assert not (offered and waited < after)


# --- the command ---------------------------------------------------------------------------------------


def test_the_command_says_what_holds_and_why() -> None:
    done = CliRunner().invoke(app, ["hours", "--file", str(CHINA), "--at", "2026-10-01T09:00"])
    assert done.exit_code == 0
    assert "closed" in done.output
    assert "国庆节" in done.output


def test_the_command_names_what_is_wrong_in_a_calendar(tmp_path: Path) -> None:
    wrong = tmp_path / "hours.toml"
    wrong.write_text("[weekly]\nmonday = ['17:00-08:00']\n")
    done = CliRunner().invoke(app, ["hours", "--file", str(wrong)])
    assert done.exit_code == 1
    assert CliRunner().invoke(app, ["hours", "--file", str(CHINA), "--at", "soon"]).exit_code == 1
