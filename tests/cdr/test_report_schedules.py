"""When reports are due, what their mails look like, and that each is queued once."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cdr.reports.intervals import Interval
from cdr.reports.metrics import AGENT_METRICS, QUALITY_METRICS, QUEUE_METRICS
from cdr.reports.schedules import mail as mails
from cdr.reports.schedules.chart import HEIGHT, WIDTH, Bar, bars
from cdr.reports.schedules.mail import mail_of_report
from cdr.reports.schedules.model import Every, ReportPeriod, due_after, interval_of, mail_id, period_of
from cdr.reports.service import CALL_COLUMNS, ReportResult

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("every", "after", "due", "since", "until"),
    [
        (Every.DAY, "2026-11-30T05:59", "2026-11-30T06:00", "2026-11-29", "2026-11-30"),
        (Every.DAY, "2026-11-30T06:00", "2026-12-01T06:00", "2026-11-30", "2026-12-01"),
        (Every.WEEK, "2026-11-30T06:00", "2026-12-07T06:00", "2026-11-30", "2026-12-07"),
        (Every.MONTH, "2026-11-30T06:00", "2026-12-01T06:00", "2026-11-01", "2026-12-01"),
        (Every.MONTH, "2026-12-31T23:00", "2027-01-01T06:00", "2026-12-01", "2027-01-01"),
    ],
)
def test_a_report_is_due_when_its_time_has_ended(
    every: Every, after: str, due: str, since: str, until: str
) -> None:
    began = datetime.fromisoformat(after).replace(tzinfo=SHANGHAI)
    found = due_after(every, 6, SHANGHAI, began.astimezone(UTC))
    assert found.astimezone(SHANGHAI).replace(tzinfo=None) == datetime.fromisoformat(due)
    expected = ReportPeriod(date.fromisoformat(since), date.fromisoformat(until))
    assert period_of(every, SHANGHAI, found) == expected


@given(
    st.sampled_from(Every),
    st.integers(0, 23),
    st.sampled_from([SHANGHAI, BERLIN]),
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_periods_follow_each_other_without_a_gap(
    every: Every, hour: int, where: ZoneInfo, began: datetime
) -> None:
    due = [began]
    for _ in range(5):
        due.append(due_after(every, hour, where, due[-1]))
    periods = [period_of(every, where, at) for at in due[1:]]
    for earlier, later in pairwise(periods):
        assert earlier.until == later.since
    assert all(period.since < period.until for period in periods)


def test_a_mail_has_one_id_and_one_that_is_sent_again_another() -> None:
    schedule, period = uuid4(), ReportPeriod(date(2026, 11, 29), date(2026, 11, 30))
    first = mail_id(schedule, period, "Chief@city.example")
    assert first == mail_id(schedule, period, "chief@city.example")
    others = {
        mail_id(schedule, period, "b@city.example"),
        mail_id(schedule, period, "chief@city.example", uuid4()),
    }
    assert first not in others
    assert len(others) == 2


def test_people_are_compared_over_the_whole_time_and_queues_along_it() -> None:
    assert interval_of("queues", Every.DAY) is Interval.HOUR
    assert interval_of("queues", Every.MONTH) is Interval.DAY
    assert interval_of("agents", Every.DAY) is Interval.WHOLE


def test_every_figure_has_words_in_both_languages() -> None:
    words: dict[str, Any] = yaml.safe_load(mails._WORDS.read_text(encoding="utf-8"))
    named = {one.name for one in QUEUE_METRICS} | {one.name for one in AGENT_METRICS}
    named |= {one.name for one in QUALITY_METRICS}
    named |= {column for columns in mails._MAIN.values() for column in columns}
    assert named - words["figure"].keys() == set()
    for group in words.values():
        assert all(len(one) == 2 and all(one) for one in group.values())
    for figures in mails._MAIN.values():
        assert all(one in named or one in CALL_COLUMNS for one in figures)


def report(subject: str, rows: Sequence[dict[str, Any]], total: dict[str, Any] | None = None) -> ReportResult:
    columns = tuple(rows[0]) if rows else ("interval_start", "queue")
    since, until = (datetime(2026, 11, day, tzinfo=SHANGHAI) for day in (29, 30))
    interval = "hour" if subject == "queues" else "whole"
    return ReportResult(subject, since, until, interval, "Asia/Shanghai", columns, list(rows), total or {})


def made(answer: ReportResult, language: Any = "zh", file_format: Any = "csv") -> Any:
    return mail_of_report(
        answer, mail_id=uuid4(), to="a@b.cn", name="每日 接通率\r\nBcc: x@y.z", language=language,
        file_format=file_format,
    )  # fmt: skip


QUEUES = [
    {"interval_start": datetime(2026, 11, 29, 8, tzinfo=SHANGHAI), "queue": "<b>热线</b>", "offered": 12,
     "connect_rate": 0.95, "average_wait": 61.0},
    {"interval_start": datetime(2026, 11, 29, 9, tzinfo=SHANGHAI), "queue": "=1+1", "offered": 3,
     "connect_rate": None, "average_wait": None},
]  # fmt: skip


def test_a_mail_has_chart_table_and_file_and_no_markup_of_others() -> None:
    mail = made(report("queues", QUEUES, {"offered": 15, "connect_rate": 0.9}))
    assert mail.subject == "每日 接通率 Bcc: x@y.z 2026-11-29 – 2026-11-30"
    chart, file = mail.files
    with Image.open(io.BytesIO(chart.content)) as picture:
        assert (picture.format, picture.size, chart.inline) == ("PNG", (WIDTH, HEIGHT), True)
    assert file.name == "queues-20261129-20261130.csv"
    assert "'=1+1" in file.content.decode("utf-8-sig")
    assert "<b>热线" not in mail.html
    assert "&lt;b&gt;热线&lt;/b&gt;" in mail.html
    for words in ("接通率", "95.0 %", "0:01:01", "合计", "–"):
        assert words in mail.html, words
        assert words in mail.text, words
    english = made(report("queues", QUEUES), "en", "none")
    assert len(english.files) == 1
    assert "Connect rate" in english.html


def test_a_mail_of_nothing_says_so_and_a_long_one_is_cut() -> None:
    assert "没有数据" in made(report("agents", [])).html
    rows = [{"agent": f"a{n}", "answered": n} for n in range(150)]
    mail = made(report("agents", rows))
    assert "另有 50 行" in mail.html
    assert mail.files[1].content.count(b"\r\n") == 151


def test_parquet_can_be_attached() -> None:
    assert (
        made(report("agents", [{"agent": "a", "answered": 1}]), "en", "parquet").files[1].content[:4]
        == b"PAR1"
    )


@given(st.lists(st.none() | st.floats(0, 1e9), max_size=40), st.booleans())
def test_any_values_make_a_picture(values: list[float | None], share: bool) -> None:
    drawn = bars([Bar(f"x{n}", one) for n, one in enumerate(values)], share=share)
    with Image.open(io.BytesIO(drawn)) as picture:
        assert picture.size == (WIDTH, HEIGHT)


def test_a_bar_is_as_high_as_its_value() -> None:
    with Image.open(io.BytesIO(bars([Bar("a", 1.0), Bar("b", 0.5), Bar("c", None)]))) as picture:
        blue = [
            sum(
                picture.getpixel((round(56 + (place + 0.5) * 652 / 3), y)) == (31, 95, 174)
                for y in range(HEIGHT)
            )
            for place in range(3)
        ]
    assert blue[0] == pytest.approx(2 * blue[1], abs=2)
    assert (blue[0] > 150, blue[2]) == (True, 0)
