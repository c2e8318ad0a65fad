"""The board's sliding windows against a count by hand; and the board over calls, and over a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import call_id
from core.scopes import Scopes
from core.storage import Storage
from hotline.compose import compose
from hotline.events import BoardChanged, OtherSwitchView
from hotline.metrics.model import QueueMetrics
from hotline.metrics.window import DAY_S, Happened, SlidingDay, WindowSums, local_day
from tests.hotline.world import LI, CallScript, World

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()
ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Paris"])
# Half-second steps over three days: ties and exact window edges happen.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["answered", "abandoned", "talk"]),
        st.one_of(st.none(), st.integers(0, 90_000).map(lambda half: half / 1_000)),
        st.integers(0, int(DAY_S)).map(lambda half: half / 2),  # how much later than the step before
        st.one_of(st.just(0.0), st.integers(0, 400_000).map(lambda half: half / 2)),  # how late it is told
    ),
    max_size=40,
)


def by_hand(events: list[Happened], now: float, zone: str) -> tuple[WindowSums, WindowSums]:
    """The definitions of `window`, each counted anew."""
    midnight = local_day(now, ZoneInfo(zone))[0]
    day = [one for one in events if now - DAY_S < one.at <= now]
    return _count(day), _count([one for one in day if one.at >= midnight])


def _count(events: list[Happened]) -> WindowSums:
    answered = [one for one in events if one.kind == "answered"]
    known = [one.seconds for one in answered if one.seconds is not None]
    talks = [one.seconds or 0.0 for one in events if one.kind == "talk"]
    return WindowSums(
        answered=len(answered),
        abandoned=sum(one.kind == "abandoned" for one in events),
        in_time=sum(seconds <= 15 for seconds in known),
        waits=len(known),
        wait_ms=sum(round(seconds * 1000) for seconds in known),
        talks=len(talks),
        talk_ms=sum(round(seconds * 1000) for seconds in talks),
    )


@given(STEPS, ZONES)
def test_sliding_windows_equal_a_count_by_hand(
    steps: list[tuple[str, float | None, float, float]], zone: str
) -> None:
    window, told, now = SlidingDay(ZoneInfo(zone)), [], NOON
    for kind, seconds, later, late in steps:
        now += later
        happened = Happened(now - late, kind, seconds)  # type: ignore[arg-type]
        told.append(happened)
        window.add(happened, now)
        assert window.sums(now) == by_hand(told, now, zone)
    for later in (0.5, 3_600.0, DAY_S / 2, DAY_S):
        now += later
        assert window.sums(now) == by_hand(told, now, zone)
    assert len(window) == 0


def test_a_window_is_bounded_and_forgets_the_oldest_first() -> None:
    window = SlidingDay(most=3)
    for second in range(5):
        window.add(Happened(NOON + second, "answered", float(second)), NOON + second)
    assert (len(window), window.dropped) == (3, 2)
    assert window.sums(NOON + 5)[0].wait_ms == 9_000


def test_nothing_counted_is_no_hundred_per_cent() -> None:
    figures = QueueMetrics()
    assert figures.total(NOON)[0].connect_rate is None
    figures.abandoned("hotline", 30, NOON, NOON)
    assert figures.total(NOON)[0].connect_rate == 0.0


def test_who_gives_up_at_once_has_misdialled_and_is_counted_nowhere() -> None:
    figures = QueueMetrics(short_s=5)
    figures.abandoned("hotline", 4.99, NOON, NOON)
    figures.abandoned("hotline", 5.0, NOON, NOON)
    figures.answered("hotline", 15.0, NOON, NOON)
    figures.answered("hotline", 15.001, NOON, NOON)
    sums = figures.of("hotline", NOON)[0]
    assert (sums.abandoned, sums.connect_rate, sums.within_15s) == (1, 2 / 3, 1 / 3)


# --- over calls --------------------------------------------------------------------------------------


async def test_the_board_counts_calls_as_they_go(world: World) -> None:
    answered, waiting = CallScript(1), CallScript(3)
    abandoned = CallScript(2, caller="13936000002")
    for script in (answered, abandoned, waiting):
        await world.plays([*script.arrives(), *script.queues()])
    world.clock.advance(10)
    leg, rings = answered.rings("agent101")
    await world.plays([*rings, *answered.answers(leg, "agent101")])
    world.clock.advance(20)
    await world.plays(abandoned.hangs_up())
    world.clock.advance(30)
    await world.plays([*answered.hangs_up(leg), *answered.hangs_up()])
    board = world.hotline.figures.view()
    queue = next(one for one in board.queues if one.queue == "hotline")
    for one in (board.total, queue):
        assert (one.answered_24h, one.abandoned_24h, one.connect_rate_24h) == (1, 1, 0.5)
        assert (one.within_15s_24h, one.average_wait_today_s, one.average_talk_today_s) == (0.5, 10.0, 50.0)
        assert (one.waiting, one.longest_wait_s) == (1, 60.0)
    assert board.callbacks_open == 1


async def test_a_reporter_whom_nobody_took_in_a_follow_up_did_not_give_up(world: World) -> None:
    asked = CallScript(1, linkedid="fu-1000.10")
    await world.plays([*asked.arrives(), *asked.queues(), *asked.hangs_up()])
    board = world.hotline.figures.view()
    assert (board.total.abandoned_24h, board.callbacks_open) == (0, 0)
    assert world.hotline.queues.named("hotline").abandoned == 0


async def test_a_caller_who_hears_his_place_between_two_rounds_still_waits(world: World) -> None:
    script = CallScript()
    await world.plays([*script.arrives(), *script.queues()])
    world.clock.advance(30)
    leave = script.queues()[0]
    await world.plays([type(leave)("QueueCallerLeave", leave.headers)])
    assert world.hotline.figures.view().total.waiting == 1
    await world.plays(script.queues())
    assert world.hotline.figures.view().total.longest_wait_s == 30.0


async def test_a_handed_on_call_is_counted_as_answered_once(world: World) -> None:
    script = CallScript()
    await world.plays([*script.arrives(), *script.queues()])
    leg, rings = script.rings("agent101")
    await world.plays([*rings, *script.answers(leg, "agent101")])
    other, rings = script.rings("agent102", queue="")
    await world.plays([*rings, *script.answers(other, "agent102")])
    assert world.hotline.figures.view().total.answered_24h == 1


async def test_a_restart_does_not_set_the_figures_to_nothing(world: World, storage: Storage) -> None:
    for number in (1, 2):
        script = CallScript(number)
        await world.plays([*script.arrives(), *script.queues()])
        world.clock.advance(20)
        if number == 1:
            leg, rings = script.rings("agent101")
            await world.plays([*rings, *script.answers(leg, "agent101"), *script.hangs_up(leg)])
        await world.plays(script.hangs_up())
    before = world.hotline.figures.view()
    await _written(storage, 2)
    after = World(storage)
    after.clock.advance((world.clock.now() - after.clock.now()).total_seconds() + 60)
    await after.hotline.start()
    try:
        board = after.hotline.figures.view()
    finally:
        await after.hotline.stop()
    assert board.filled
    ignored = {"longest_since", "longest_wait_s"}
    assert board.total.model_dump(exclude=ignored) == before.total.model_dump(exclude=ignored)
    assert before.total.answered_24h == before.total.abandoned_24h == 1


async def test_what_is_older_than_a_day_does_not_come_back(world: World, storage: Storage) -> None:
    script = CallScript()
    await world.plays([*script.arrives(), *script.queues()])
    world.clock.advance(20)
    await world.plays(script.hangs_up())
    await _written(storage, 1)
    after = World(storage)
    after.clock.advance(20 + timedelta(days=1).total_seconds() + 1)
    await after.hotline.start()
    assert after.hotline.figures.view().total.offered_24h == 0
    await after.hotline.stop()


async def test_the_board_is_told_at_most_once_a_second(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.bus.events.clear()
    for number in range(1, 6):
        script = CallScript(number)
        await world.plays([*script.arrives(), *script.queues()])
        await asyncio.sleep(0.02)
    assert len(world.bus.of(BoardChanged)) <= 1
    await asyncio.sleep(1.1)
    boards = world.bus.of(BoardChanged)
    assert len(boards) <= 2
    assert boards[-1].board.total.waiting == 5


async def _written(storage: Storage, count: int) -> None:
    from sqlalchemy import text

    for _ in range(300):
        async with storage.read() as connection:
            found = (await connection.execute(text("select count(*) from hotline_calls"))).scalar_one()
        if found >= count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{count} ended calls were not written down")


class Elsewhere:
    """Another switch that carried these calls."""

    def __init__(self, calls: Collection[UUID]) -> None:
        self.calls = calls

    def boards(self) -> Sequence[OtherSwitchView]:
        return [OtherSwitchView(switch="south", heard=False, at=None, total=None, agents={})]

    async def calls_of(self, calls: Sequence[UUID]) -> Collection[UUID]:
        return set(calls) & set(self.calls)


async def test_the_board_has_its_own_calls_and_names_the_other_switches(
    world: World, storage: Storage
) -> None:
    scripts = [CallScript(number, caller=f"1393600000{number}") for number in (1, 2)]
    for script in scripts:
        await world.plays([*script.arrives(), *script.queues()])
    world.clock.advance(30)
    for script in scripts:
        await world.plays(script.hangs_up())
    await _written(storage, 2)
    again = World(storage)
    again.clock.advance((world.clock.now() - again.clock.now()).total_seconds() + 60)
    theirs = call_id("hl", scripts[0].linkedid)
    hotline = compose(again.settings, replace(again.ports, others=Elsewhere([theirs])))
    await hotline.start()
    try:
        board = hotline.figures.view()
        assert (world.hotline.figures.view().total.abandoned_24h, board.total.abandoned_24h) == (2, 1)
        assert [(one.switch, one.heard) for one in board.others] == [("south", False)]
        limited = replace(LI, scopes=Scopes(queues=frozenset({"hotline"})))
        assert hotline.figures.view(limited).others == []
    finally:
        await hotline.stop()
