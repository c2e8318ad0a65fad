"""The reports: figures of calls told as CEL lines, their sums, their intervals, who may read them."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from sqlalchemy import select

from cdr.agents.store import AgentStateRow
from cdr.reports import rebuild, store
from cdr.reports.agent_time import StatePeriod, split
from cdr.reports.bulk import BulkLimit
from cdr.reports.http import router
from cdr.reports.intervals import Interval, begins, bucket_of, quarters, stretches
from cdr.reports.metrics import (
    AGENT_METRICS,
    QUALITY_METRICS,
    QUEUE_METRICS,
    AgentSums,
    QueueSums,
    agent_row,
    queue_row,
)
from cdr.reports.model import AgentShare, Fact, FiledFact, ReportSource, ms_of, quarter_of, start_of
from cdr.reports.projection import fact_of
from cdr.reports.service import ReportRequest, Reports
from cdr.reports.tally import NAMES, QueueTally, agent_tally_of, tally_of
from cdr.reports.worker import ReportFactWorker
from core.actor import Actor
from core.errors import Forbidden, Invalid
from core.ids import call_id, leg_id
from core.second_person import ApprovalWish, SecondPersonNeeded
from gateway.settings import WebSettings
from gateway.web.app import WebParts, create
from gateway.web.server import WebServer
from tests.cdr.ports import NobodyApproves
from tests.cdr.script import START, Script, answered_call, follow_up_call
from tests.cdr.world import AGENT, SUPERVISOR, World
from tests.gateway.unguarded import Unguarded

METRICS_PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
QUALITY_PAGE = METRICS_PAGE.with_name("quality-of-calls.md")
DAY = START.astimezone(ZoneInfo("Asia/Shanghai")).date()
ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001  # its zone is given later
WEEK = ReportRequest(str(DAY - timedelta(days=3)), str(DAY + timedelta(days=4)), Interval.WHOLE)


def abandoned(
    after: float, *, in_queue: bool, start: datetime = START, number: str = "13900000002"
) -> Script:
    """Hangs up `after` seconds in the greeting, or after 4 s of greeting in the queue."""
    told = Script(start=start)
    told.citizen(number=number)
    if in_queue:
        told.wait(4).queue()
    told.wait(after).hangup("trunk", by="trunk").end("trunk")
    return told


def rung_twice(start: datetime) -> Script:
    """8001 does not take it for 15 s, 8002 answers 3 s later; 20 s of talk."""
    told = Script(start=start)
    told.citizen(number="13900000003").wait(4).queue().start("8001", call="trunk").wait(15).hangup("8001")
    told.wait(1).start("8002", call="trunk").wait(2).answer("8002")
    told.enter("8002", "b").enter("trunk", "b").wait(20).hangup("8002", by="8002")
    told.leave("8002", "b").leave("trunk", "b").hangup("trunk").end("trunk")
    return told


async def keep_all(world: World) -> None:
    worker = ReportFactWorker(world.storage)
    while await worker.keep_once():
        pass


async def facts(world: World) -> list[Any]:
    async with world.storage.read() as connection:
        return list((await connection.execute(select(store.facts).order_by(store.facts.c.started_at))).all())


def reports_of(world: World, *, rows: int = 10_000) -> Reports:
    """One person takes so many rows alone, and there is no second one."""
    return Reports(world.storage, world.trail, "Asia/Shanghai", bulk=BulkLimit(rows, NobodyApproves()))


@pytest.fixture
def reports(any_world: World) -> Reports:
    return reports_of(any_world)


async def test_each_call_is_counted_once_and_where_it_belongs(any_world: World, reports: Reports) -> None:
    minute = timedelta(minutes=1)
    stories = [
        answered_call(Script(start=START)),  # waits 6 s, talks 30 s
        rung_twice(START + minute),  # waits 18 s, talks 20 s
        abandoned(3, in_queue=False, start=START + 2 * minute),  # short
        abandoned(7, in_queue=False, start=START + 3 * minute),
        abandoned(2, in_queue=True, start=START + 4 * minute),  # short
        abandoned(40, in_queue=True, start=START + 5 * minute),
    ]
    for story in stories:
        await any_world.take_in(story)
    await keep_all(any_world)
    answer = await reports.queues(SUPERVISOR, WEEK)
    total = answer.total
    assert {name: total[name] for name in (
        "offered", "queued", "answered", "abandoned", "abandoned_greeting", "abandoned_queue",
        "abandoned_short", "unanswered", "ended_in_flow", "cut", "answered_within_target",
    )} == {
        "offered": 6, "queued": 4, "answered": 2, "abandoned": 2, "abandoned_greeting": 1,
        "abandoned_queue": 1, "abandoned_short": 2, "unanswered": 0, "ended_in_flow": 0,
        "cut": 0, "answered_within_target": 1,
    }  # fmt: skip
    assert (total["connect_rate"], total["connect_rate_without_short"]) == (round(2 / 6, 4), 0.5)
    assert (total["service_level"], total["timely_answer_rate"]) == (0.25, 0.5)
    assert (total["average_speed_of_answer"], total["average_time_to_person"]) == (12.0, 16.0)
    assert (total["longest_wait"], total["average_wait"]) == (40.0, (6 + 18 + 2 + 40) / 4)
    assert (total["talk"], total["average_talk"]) == (50.0, 25.0)
    assert (total["rings"], total["missed_rings"], total["transfers"]) == (3, 1, 0)
    assert total["undisposed"] == 2
    by_queue = {row["queue"]: row["offered"] for row in answer.rows}
    assert by_queue == {"hotline": 4, "": 2}
    desks = {row["agent"]: row for row in (await reports.agents(SUPERVISOR, WEEK)).rows}
    assert (desks["li.na"]["rings"], desks["li.na"]["missed_rings"], desks["li.na"]["answered"]) == (2, 1, 1)
    assert (desks["wang.wei"]["rings"], desks["wang.wei"]["talk"]) == (1, 20.0)
    assert await rebuild.differences(any_world.storage) == []


async def test_who_presses_0_in_a_follow_up_call_is_no_call_that_came_in(
    any_world: World, reports: Reports
) -> None:
    await any_world.take_in(answered_call(Script(start=START)))
    await any_world.take_in(follow_up_call(Script(5_000, start=START + timedelta(minutes=5))))
    await keep_all(any_world)
    total = (await reports.queues(SUPERVISOR, WEEK)).total
    names = (
        "offered",
        "answered",
        "talk",
        "outbound",
        "follow_ups",
        "follow_ups_connected",
        "follow_ups_talk",
    )
    assert [total[name] for name in names] == [1, 1, 30.0, 1, 1, 1, 30.0]
    (desk,) = (await reports.agents(SUPERVISOR, WEEK)).rows
    own = ("answered", "talk", "average_handle", "follow_ups", "outbound", "outbound_talk")
    assert [desk[name] for name in own] == [2, 60.0, 30.0, 1, 0, 0.0]
    rows = (await reports.calls(SUPERVISOR, WEEK)).rows
    assert [(row["direction"], row["purpose"]) for row in rows] == [
        ("inbound", ""),
        ("outbound", "follow_up"),
    ]
    assert await rebuild.differences(any_world.storage) == []


async def test_what_is_filed_later_changes_the_figures(any_world: World, reports: Reports) -> None:
    story = answered_call()
    await any_world.take_in(story)
    await keep_all(any_world)
    call = call_id("songhua", story.ids["trunk"])
    at = story.now
    filed = (
        ("disposition", {"kind": "enquiry"}, 0), ("disposition", {"kind": "case"}, 1),
        ("call-act", {"verb": "hold", "actor_id": "li.na", "outcome": "done"}, 2),
        ("call-act", {"verb": "resume", "actor_id": "li.na", "outcome": "done"}, 10),
        ("call-act", {"verb": "transfer", "actor_id": "li.na", "outcome": "done"}, 11),
        ("survey", {"answers": {"agent": "1", "hotline": "2", "solved": "1", "x": "9"}}, 12),
    )  # fmt: skip
    for kind, payload, after in filed:
        await any_world.ledger.record(
            kind, uuid4(), payload, call_ids=[call], at=at + timedelta(seconds=after)
        )
    await keep_all(any_world)
    total = (await reports.queues(SUPERVISOR, WEEK)).total
    assert (total["disposed_case"], total["disposed_enquiry"], total["undisposed"]) == (1, 0, 0)
    assert (total["hold"], total["transfers"], total["transfer_rate"]) == (8.0, 1, 1.0)
    assert (total["surveys"], total["survey_rate"], total["survey_average"]) == (1, 1.0, 1.5)
    assert (total["satisfaction_rate"], total["solved_rate"]) == (0.5, 1.0)
    assert await rebuild.differences(any_world.storage) == []


def moved(
    previous: str, state: str, since: datetime, at: datetime, call: UUID | None = None
) -> AgentStateRow:
    return AgentStateRow(uuid4(), "li.na", "8001", state, "", previous, since, call, "system", at)


async def test_time_is_counted_where_it_passed(any_world: World, reports: Reports) -> None:
    """Signed in at 10:00 for 50 minutes: 20 ready, 10 on a call, 5 wrap-up, 15 pause."""
    story = answered_call()
    await any_world.take_in(story)
    call = call_id("songhua", story.ids["trunk"])
    ten = datetime(DAY.year, DAY.month, DAY.day, 2, tzinfo=UTC)
    plan = [
        ("signed_out", -60),
        ("ready", 20),
        ("talking", 10),
        ("wrap_up", 5),
        ("rest", 15),
        ("signed_out", 0),
    ]
    at, before, since = ten, plan[0][0], ten - timedelta(minutes=60)
    for state, minutes in plan[1:]:
        about = call if state in {"talking", "wrap_up"} else None
        row = moved(before, state, since, at, about)
        assert await any_world.keep_agent_state(row)
        assert not await any_world.keep_agent_state(row), "the same event twice"
        before, since, at = state, at, at + timedelta(minutes=minutes)
    await keep_all(any_world)
    question = replace(WEEK, since=f"{DAY}", until=f"{DAY}T23:00", interval=Interval.QUARTER)
    found = await reports.agents(SUPERVISOR, question)
    spent = {row["interval_start"].strftime("%H:%M"): row for row in found.rows if row["signed_in"]}
    assert [(key, row["time_ready"]) for key, row in spent.items()] == [
        ("10:00", 900.0), ("10:15", 300.0), ("10:30", 0.0), ("10:45", 0.0),
    ]  # fmt: skip
    whole = (await reports.agents(SUPERVISOR, WEEK)).total
    assert (whole["signed_in"], whole["time_on_calls"], whole["time_away"]) == (3000.0, 600.0, 900.0)
    assert (whole["occupancy"], whole["utilisation"]) == (round(15 / 35, 4), 0.3)
    assert whole["wrap_up"] == 300.0, "the wrap-up belongs to its call"
    assert (await facts(any_world))[0].wrap_ms == 300_000


async def test_an_agent_who_is_still_signed_in_is_counted_up_to_now(
    any_world: World, reports: Reports
) -> None:
    now = any_world.storage.clock.now()
    await any_world.keep_agent_state(
        moved("signed_out", "ready", now - timedelta(hours=2), now - timedelta(minutes=10))
    )
    question = replace(
        WEEK, since=str((now - timedelta(days=1)).date()), until=(now + timedelta(days=1)).isoformat()
    )
    total = (await reports.agents(SUPERVISOR, question)).total
    assert 600 <= total["signed_in"] < 660


async def test_rebuilding_changes_nothing_and_repairs_everything(any_world: World, reports: Reports) -> None:
    for number, story in enumerate([answered_call(), rung_twice(START + timedelta(hours=1))]):
        await any_world.take_in(story)
        await any_world.ledger.record(
            "disposition", uuid4(), {"kind": ("case", "prank")[number]},
            call_ids=[call_id("songhua", story.ids["trunk"])],
        )  # fmt: skip
    await any_world.keep_agent_state(moved("ready", "signed_out", START, START + timedelta(minutes=20)))
    await keep_all(any_world)
    before = [(await ask(SUPERVISOR, WEEK)).body() for ask in (reports.queues, reports.agents)]
    async with any_world.storage.write() as transaction:
        await transaction.connection.execute(store.queue_sums.update().values(offered=99, longest_ms=0))
        await transaction.connection.execute(store.agent_time.update().values(ready_ms=1))
    assert await rebuild.differences(any_world.storage)
    assert await rebuild.rebuild(any_world.storage) == 2
    assert await rebuild.differences(any_world.storage) == []
    assert [(await ask(SUPERVISOR, WEEK)).body() for ask in (reports.queues, reports.agents)] == before


async def test_a_call_that_lives_again_is_counted_once(any_world: World, reports: Reports) -> None:
    """The reader closed it too early; more rows come, and the figures follow."""
    story = rung_twice(START)
    half = story.lines[: len(story.lines) // 2]
    await any_world.take_in(half)
    any_world.switch.alive = frozenset()
    await any_world.closer.close_once()
    await any_world.closer.close_once()
    await any_world.projector.derive_once()
    await keep_all(any_world)
    assert (await reports.queues(SUPERVISOR, WEEK)).total["offered"] == 1
    await any_world.take_in(story.lines[len(half) :])
    await keep_all(any_world)
    total = (await reports.queues(SUPERVISOR, WEEK)).total
    assert (total["offered"], total["answered"], total["cut"]) == (1, 1, 0)
    assert await rebuild.differences(any_world.storage) == []


# ---- pure rules


def a_source(**more: Any) -> ReportSource:
    base = ReportSource(
        uuid4(), "hotline", "inbound", "answered", START, START + timedelta(seconds=4),
        START + timedelta(seconds=9), START + timedelta(seconds=60), 5.0, 51.0,
    )  # fmt: skip
    return replace(base, **more)


def ring(until: float, *, answered: bool = False) -> dict[str, Any]:
    return {
        "leg_id": "", "endpoint": "8001", "at": START.isoformat(),
        "until": (START + timedelta(seconds=until)).isoformat(), "answered": answered,
    }  # fmt: skip


def test_a_ring_that_another_agent_or_the_citizen_ended_was_not_missed() -> None:
    assert fact_of(a_source(rings=(ring(8.9), ring(9, answered=True)))).missed == 0
    assert fact_of(a_source(rings=(ring(6), ring(9, answered=True)))).missed == 1
    gave_up = a_source(outcome="abandoned_queue", answered_at=None, rings=(ring(60),))
    assert fact_of(gave_up).missed == 0


@pytest.mark.parametrize("told", [None, 5, "x", {"until": "yesterday"}, {"until": {}}])
def test_damaged_rings_and_filings_do_no_harm(told: Any) -> None:
    rings = ({} if not isinstance(told, dict) else told,)
    said = tuple(
        FiledFact(kind, START, {"kind": told, "answers": told, "verb": told, "actor_id": told})
        for kind in ("survey", "disposition", "call-act", "callback")
    )
    assert fact_of(a_source(rings=rings, said=said)).disposition == ""


@given(st.floats(min_value=0, max_value=1e6, allow_nan=False))
def test_microseconds_become_milliseconds_halves_up(seconds: float) -> None:
    micros = round(seconds * 1_000_000)
    assert ms_of(micros / 1_000_000) == (micros + 500) // 1000


@given(MOMENTS, st.integers(1, 5_000_000))
def test_time_by_quarter_adds_up_to_the_spell(began: datetime, milliseconds: int) -> None:
    start = began.replace(tzinfo=UTC)
    spell = StatePeriod("a", "ready", start, start + timedelta(milliseconds=milliseconds))
    parts = list(split(spell))
    assert abs(sum(spent for _, spent in parts) - milliseconds) <= 1
    assert all(0 < spent <= 900_000 for _, spent in parts)
    assert [quarter for quarter, _ in parts] == sorted({quarter for quarter, _ in parts})


OUTCOMES = ("answered", "abandoned_greeting", "abandoned_queue", "unanswered", "cut")
NUMBERS = st.integers(0, 200_000)


@st.composite
def any_fact(draw: st.DrawFn) -> Fact:
    outcome = draw(st.sampled_from(OUTCOMES))
    start = START + timedelta(minutes=draw(st.integers(0, 40)))
    shares = draw(
        st.lists(
            st.builds(AgentShare, agent=st.sampled_from(["a", "b", "c"]), rings=st.integers(0, 3),
                      taken=st.integers(0, 1), talk_ms=NUMBERS, wrap_ms=NUMBERS),
            max_size=3, unique_by=lambda share: share.agent,
        )
    )  # fmt: skip
    return Fact(
        call_id=UUID(int=draw(st.integers(0, 5))),
        queue=draw(st.sampled_from(["", "hotline", "english"])),
        direction=draw(st.sampled_from(["inbound", "inbound", "outbound", "internal"])),
        outcome=outcome,
        started_at=start,
        queued_at=start if draw(st.booleans()) else None,
        answered_at=start + timedelta(seconds=1) if outcome == "answered" else None,
        ended_at=start + timedelta(seconds=60),
        wait_ms=draw(NUMBERS),
        talk_ms=draw(NUMBERS),
        disposition=draw(st.sampled_from(["", "case", "prank"])),
        callback=draw(st.sampled_from(["", "asked", "attempt"])),
        purpose=draw(st.sampled_from(["", "follow_up"])),
        surveys=draw(st.integers(0, 1)),
        shares=tuple(sorted(shares, key=lambda share: share.agent)),
    )


@given(any_fact())
def test_every_inbound_call_has_exactly_one_outcome(fact: Fact) -> None:
    tally = tally_of(fact)
    outcomes = (
        tally.answered + tally.abandoned_greeting + tally.abandoned_queue + tally.abandoned_short
        + tally.ended_in_flow + tally.unanswered + tally.cut
    )  # fmt: skip
    assert outcomes == tally.offered == int(fact.direction == "inbound")
    assert tally.calls == 1 == tally.offered + tally.outbound + tally.internal


def test_what_a_placed_call_took_makes_no_call_that_came_in_longer() -> None:
    share = AgentShare("li.na", taken=1, talk_ms=60_000, hold_ms=5_000, wrap_ms=30_000)
    facts = [fact_of(a_source(direction=direction)) for direction in ("inbound", "outbound")]
    came_in, placed = (
        agent_tally_of(replace(fact, disposition="enquiry", shares=(share,)), share) for fact in facts
    )
    row = agent_row(AgentSums(came_in.plus(placed), {}))
    assert (row["answered"], row["handle"], row["average_handle"]) == (1, 95.0, 95.0)
    names = ("outbound", "outbound_talk", "outbound_hold", "outbound_wrap_up", "disposed")
    assert [row[name] for name in names] == [1, 60.0, 5.0, 30.0, 2]


def test_a_rate_of_nothing_is_unknown_not_zero() -> None:
    row = queue_row(QueueSums(QueueTally(), 0, 15))
    assert row["connect_rate"] is row["service_level"] is row["average_wait"] is row["survey_average"] is None
    assert row["offered"] == row["longest_wait"] == 0


# ---- intervals


@given(
    st.sampled_from(ZONES),
    MOMENTS,
    st.integers(1, 4 * 24 * 400),
)
def test_stretches_cover_the_time_once_with_the_right_offset(name: str, since: datetime, length: int) -> None:
    where = ZoneInfo(name)
    first = quarter_of(since.replace(tzinfo=UTC))
    found = list(stretches(first, first + length, where))
    assert [found[0].first, *[one.until for one in found]] == [*[one.first for one in found], first + length]
    for one in found:
        for quarter in (one.first, one.until - 1):
            local = datetime.fromtimestamp(quarter * 900, UTC).astimezone(where)
            assert local.utcoffset() == timedelta(minutes=15 * one.offset)


def test_a_day_of_25_hours_is_one_day() -> None:
    where = ZoneInfo("Europe/Berlin")
    first, until = quarters(datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC))
    days = {
        begins(Interval.DAY, bucket_of(Interval.DAY, quarter, one), one, where)
        for one in stretches(first, until, where)
        for quarter in range(one.first, one.until)
    }
    assert (until - first, days) == (100, {datetime(2026, 10, 25, tzinfo=where)})


@given(st.sampled_from(ZONES), MOMENTS, st.integers(1, 4 * 24 * 100), st.sampled_from(list(Interval)[:-1]))
def test_every_quarter_lies_in_the_interval_that_the_calendar_says(
    name: str, since: datetime, length: int, interval: Interval
) -> None:
    where = ZoneInfo(name)
    first = quarter_of(since.replace(tzinfo=UTC))
    for one in stretches(first, first + length, where):
        for quarter in {one.first, one.until - 1, (one.first + one.until) // 2}:
            local = start_of(quarter).astimezone(where)
            begin = begins(interval, bucket_of(interval, quarter, one), one, where)
            assert begin.astimezone(UTC) <= start_of(quarter)
            match interval:
                case Interval.DAY:
                    assert begin.date() == local.date()
                case Interval.WEEK:
                    assert begin.date() == local.date() - timedelta(days=local.weekday())
                case Interval.MONTH:
                    assert begin.date() == local.date().replace(day=1)
                case Interval.HOUR:
                    assert (begin.hour, begin.minute) == (local.hour, 0)
                case _:
                    assert begin.astimezone(UTC) == start_of(quarter)


async def test_a_call_just_after_midnight_belongs_to_the_new_day(any_world: World, reports: Reports) -> None:
    midnight = datetime(2026, 11, 24, 16, tzinfo=UTC)  # in Harbin
    for start in (midnight - timedelta(seconds=1), midnight):
        await any_world.take_in(answered_call(Script(start=start)))
    await keep_all(any_world)
    question = ReportRequest("2026-11-20", "2026-11-30", Interval.DAY)
    days = {
        row["interval_start"].date().isoformat(): row["offered"]
        for row in (await reports.queues(SUPERVISOR, question)).rows
    }
    assert days == {"2026-11-24": 1, "2026-11-25": 1}


async def times_kept(world: World) -> list[list[Any]]:
    async with world.storage.read() as connection:
        return [
            list((await connection.execute(select(table).order_by(*table.primary_key))).all())
            for table in (store.agent_time, store.agent_watch_time)
        ]


async def test_days_that_are_watches_and_days_that_are_not_say_the_same(
    any_world: World, reports: Reports
) -> None:
    """Harbin's days are made of watches of four hours of UTC; Kathmandu's are not."""
    for hour in range(0, 60, 5):
        await any_world.take_in(answered_call(Script(start=START + timedelta(hours=hour))))
        since = START + timedelta(hours=hour)
        await any_world.keep_agent_state(moved("ready", "signed_out", since, since + timedelta(minutes=50)))
    await keep_all(any_world)
    for name in ("Asia/Shanghai", "Asia/Kathmandu"):
        question = replace(WEEK, since=f"{DAY - timedelta(days=40)}", interval=Interval.DAY, time_zone=name)
        by_day = (await reports.agents(SUPERVISOR, question)).rows
        for interval in (Interval.WEEK, Interval.MONTH):
            longer = (await reports.agents(SUPERVISOR, replace(question, interval=interval))).rows
            assert sum(row["talk"] for row in longer) == 12 * 30
        quarters = replace(question, interval=Interval.QUARTER)
        sums: dict[Any, list[float]] = {}
        for row in (await reports.agents(SUPERVISOR, quarters)).rows:
            own = sums.setdefault(row["interval_start"].date(), [0, 0])
            own[0] += row["talk"]
            own[1] += row["time_ready"]
        told = {row["interval_start"].date(): [row["talk"], row["time_ready"]] for row in by_day}
        assert told == sums
        assert sum(talk for talk, _ in sums.values()) == 12 * 30
        assert sum(ready for _, ready in sums.values()) == 12 * 3_000
        assert len(sums) > 2
    await any_world.keep_agent_state(
        moved("rest", "signed_out", START - timedelta(days=3), START - timedelta(days=1))
    )
    await any_world.keep_agent_state(
        moved("rest", "signed_out", START - timedelta(days=40), START - timedelta(days=20))
    )
    before = await times_kept(any_world)
    await rebuild.rebuild(any_world.storage)
    assert await times_kept(any_world) == before
    assert sum(row.rest_ms for row in before[0]) == 2 * 86_400_000, "twenty days of rest are nobody's rest"


# ---- who may, and how it is shown


@pytest.fixture
async def web(world: World, tmp_path: Path) -> AsyncIterator[aiohttp.ClientSession]:
    reports = reports_of(world)
    server = WebServer(
        create(WebParts([router(reports, world.who)], tmp_path, lambda: (), Unguarded())), WebSettings(port=0)
    )
    await server.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as client:
        yield client
    await server.stop()


TIME = {"from": str(DAY - timedelta(days=3)), "to": str(DAY + timedelta(days=4))}


async def test_supervisors_alone_and_each_look_is_audited(world: World, web: aiohttp.ClientSession) -> None:
    for actor, status in ((None, 401), (AGENT, 403), (SUPERVISOR, 200)):
        world.actor = actor
        for subject in ("queues", "agents", "calls"):
            async with web.get(f"/api/reports/{subject}", params=TIME) as answer:
                assert answer.status == status
    assert [(who, what) for who, what, _ in world.trail.entries] == [("zhao", "report")] * 3
    assert world.trail.entries[0][2].startswith("report:queues 2026-")


async def test_csv_and_parquet_say_what_json_says(world: World, web: aiohttp.ClientSession) -> None:
    await world.take_in(answered_call())
    await world.take_in(abandoned(40, in_queue=True, start=START + timedelta(hours=2)))
    await keep_all(world)
    world.actor = SUPERVISOR
    for subject in ("queues", "agents", "calls"):
        async with web.get(f"/api/reports/{subject}", params=TIME) as answer:
            told = await answer.json()
        async with web.get(f"/api/reports/{subject}", params=TIME, headers={"Accept": "text/csv"}) as answer:
            assert answer.headers["Content-Disposition"].endswith('.csv"')
            rows = list(csv.DictReader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
        async with web.get(f"/api/reports/{subject}", params={**TIME, "format": "parquet"}) as answer:
            table = parquet.read_table(io.BytesIO(await answer.read()))
        assert list(rows[0]) == told["columns"] == table.column_names
        assert len(rows) == len(told["rows"]) == table.num_rows > 0
        for name in told["columns"]:
            of_json = [row[name] for row in told["rows"]]
            if name.endswith(("_at", "_start")):
                continue
            assert [row[name] for row in rows] == ["" if one is None else str(one) for one in of_json], name
            assert table.column(name).to_pylist() == of_json, name


async def test_calls_are_masked_and_come_in_pages(world: World, web: aiohttp.ClientSession) -> None:
    for hour in range(3):
        await world.take_in(answered_call(Script(start=START + timedelta(hours=hour))))
    await keep_all(world)
    world.actor = SUPERVISOR
    seen: list[Any] = []
    following = ""
    for _ in range(5):
        more = {"after": following} if following else {}
        async with web.get("/api/reports/calls", params={**TIME, "limit": "1", **more}) as answer:
            page = await answer.json()
        seen += page["rows"]
        following = page["next"]
        if not following:
            break
    assert len({row["call_id"] for row in seen}) == len(seen) == 3
    assert all("•" in row["number"] for row in seen)
    async with world.storage.write() as transaction:
        del transaction
    await world.ledger.mark_confidential(UUID(seen[0]["call_id"]), True, "zhao")
    async with web.get("/api/reports/calls", params=TIME) as answer:
        rows = (await answer.json())["rows"]
    assert (rows[0]["number"], rows[0]["confidential"]) == ("•••", True)


class OnePerson:
    """Fills `core.second_person.SecondPerson`: `approved` says whether somebody else has."""

    def __init__(self) -> None:
        self.approved = False
        self.asked: list[ApprovalWish] = []
        self.ended: list[str] = []

    async def go(self, actor: Actor, wish: ApprovalWish) -> int:
        self.asked.append(wish)
        if not self.approved:
            raise SecondPersonNeeded
        return 17

    async def done(self, number: int, outcome: str, *, failed: bool = False) -> None:
        self.ended.append(f"{number} {outcome}")


async def test_more_calls_than_one_person_takes_alone_need_a_second_one(any_world: World) -> None:
    for hour in range(3):
        await any_world.take_in(answered_call(Script(start=START + timedelta(hours=hour))))
    await keep_all(any_world)
    second = OnePerson()
    reports = Reports(any_world.storage, any_world.trail, "Asia/Shanghai", bulk=BulkLimit(2, second))
    first = await reports.calls(SUPERVISOR, WEEK, limit=1)
    page = await reports.calls(SUPERVISOR, WEEK, limit=1, after=first.next)
    assert second.asked == []
    for beyond in ({"limit": 1, "after": page.next}, {"limit": 3}):
        with pytest.raises(SecondPersonNeeded, match="more than 2 calls"):
            await reports.calls(SUPERVISOR, WEEK, **beyond)
    assert {(wish.act, tuple(wish.parameters)) for wish in second.asked} == {
        ("export-calls", ("from", "to", "queue", "agent"))
    }
    second.approved = True
    assert len((await reports.calls(SUPERVISOR, WEEK, limit=1, after=page.next)).rows) == 1
    assert second.ended == ["17 3 calls"]
    with pytest.raises(SecondPersonNeeded):
        await reports_of(any_world, rows=2).calls(SUPERVISOR, WEEK)


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "yesterday"}, {"to": "2020-01-01"}, {"time_zone": "Mars/Olympus"}, {"target_s": "16"},
        {"from": "1900-01-01"}, {"interval": "year"}, {"time_zone": "../../etc/passwd"}, {"after": "x"},
    ],
)  # fmt: skip
async def test_a_bad_question_is_told_what_to_ask(
    world: World, web: aiohttp.ClientSession, asked: dict[str, str]
) -> None:
    world.actor = SUPERVISOR
    subject = "calls" if "after" in asked else "queues"
    async with web.get(f"/api/reports/{subject}", params={**TIME, **asked}) as answer:
        assert answer.status == 422


async def test_an_agent_gets_no_report(any_world: World, reports: Reports) -> None:
    with pytest.raises(Forbidden):
        await reports.queues(AGENT, WEEK)
    with pytest.raises(Invalid):
        await reports.queues(SUPERVISOR, replace(WEEK, target_s=7))


# ---- the page


def named_on_the_page(heading: str, page: Path = METRICS_PAGE) -> set[str]:
    section = page.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}


def test_the_page_names_exactly_the_figures_that_there_are() -> None:
    assert named_on_the_page("By queue") == {metric.name for metric in QUEUE_METRICS}
    assert named_on_the_page("By agent") == {metric.name for metric in AGENT_METRICS}
    assert named_on_the_page("Figures", QUALITY_PAGE) == {metric.name for metric in QUALITY_METRICS}
    assert set(NAMES) >= {"offered"}
    assert leg_id("songhua", "1")


async def test_calls_of_a_version_without_figures_get_them(any_world: World, reports: Reports) -> None:
    await any_world.take_in(answered_call())
    async with any_world.storage.write() as transaction:
        await transaction.connection.execute(store.due.delete())
    worker = ReportFactWorker(any_world.storage)
    assert await worker.keep_once() == 0
    for _ in range(2):
        await worker.find_missing()
        await keep_all(any_world)
        assert (await reports.queues(SUPERVISOR, WEEK)).total["offered"] == 1
