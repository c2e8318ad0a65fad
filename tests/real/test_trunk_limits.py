"""Limits against toll fraud: a phone that dials by itself meets them, with no gateway to ask."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.asterisk.settings import AgentPhone, OutgoingLimits
from tests.peers.asterisk import agent
from tests.real.trunk_world import FIRST_NUMBER, MOBILE, SECOND_NUMBER, TrunkWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

A_MINUTE, AT_ONCE = 10, 4
AGENTS: tuple[AgentPhone, ...] = (
    *(agent(f"agent-{number}") for number in range(1, 7)),
    agent("agent-7").model_copy(
        update={"caller_ids": (SECOND_NUMBER,), "may_dial": ("local", "international")}
    ),
)
REFUSED = 403


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrunkWorld]:
    limits = OutgoingLimits(user_per_minute=A_MINUTE, user_at_once=AT_ONCE, total_per_minute=0)
    folder = tmp_path_factory.mktemp("limits")
    with TrunkWorld(folder, agents=AGENTS, limits=limits, first={"calls_at_once": 6}) as made:
        yield made


@pytest.fixture(autouse=True)
def _idle_after(world: TrunkWorld) -> Iterator[None]:
    yield
    world.switch.wait_idle()


def test_the_eleventh_call_in_a_minute_is_refused(world: TrunkWorld) -> None:
    phone = world.phone("agent-1")
    before = len(world.first.taken())
    answers = [phone.call(MOBILE, seconds=0.1) for _ in range(A_MINUTE + 1)]
    assert answers == [200] * A_MINUTE + [REFUSED]
    assert len(world.first.taken()) == before + A_MINUTE
    assert '{"extra":"user-minute:agent-1"}' in world.events("LIMIT")
    # The window slides: with the calls a minute old the phone may dial again, once for each that fell out.
    old = int(time.time()) - 61
    now = old + 61
    times = "-".join(str(stamp) for stamp in [old, *[now] * (A_MINUTE - 1)])
    world.switch.rx(f"dialplan set global OUT_TIMES_agent-1 {times}")
    assert phone.call(MOBILE) == 200
    assert phone.call(MOBILE) == REFUSED
    assert world.phone("agent-2").call(MOBILE) == 200


def test_of_twenty_calls_that_come_together_exactly_those_allowed_go_out(world: TrunkWorld) -> None:
    phone = world.phone("agent-3")
    before = len(world.first.taken())
    phone.dial(MOBILE, calls=20, seconds=6)
    phone.wait()
    assert phone.answers() == [200] * AT_ONCE + [REFUSED] * (20 - AT_ONCE)
    assert len(world.first.taken()) == before + AT_ONCE
    assert world.events("LIMIT").count('{"extra":"user-calls:agent-3"}') == 20 - AT_ONCE
    world.switch.wait_idle()
    assert phone.call(MOBILE) == 200


def test_a_full_trunk_hands_over_to_the_next(world: TrunkWorld) -> None:
    one, two = world.phone("agent-4"), world.phone("agent-5")
    first, second = len(world.first.taken()), len(world.second.taken())
    one.dial(MOBILE, calls=AT_ONCE, seconds=4)
    two.dial(MOBILE, calls=AT_ONCE, seconds=4)
    # A call that a phone gave up without a word stays up: then its log says why.
    assert [one.wait(), two.wait()] == [0, 0], one.errors() + two.errors()
    assert one.answers() + two.answers() == [200] * 2 * AT_ONCE
    assert len(world.first.taken()) - first == 6
    assert len(world.second.taken()) - second == 2
    # A phone shows the number that was dialled: the dialplan's own names are nobody's number.
    told = [*one.told(), *two.told()]
    assert not [one.first for one in told if "sip:try@" in one.text]
    assert not [one.first for one in told if one.first.startswith(("INVITE ", "UPDATE "))]


@pytest.mark.parametrize(
    "number",
    [
        "0044207946000",
        "+442079460000",
        "16812345",
        "17951013904510001",
        "1259313904510001",
        "008821621234567",
        "999",
    ],
)
def test_what_may_not_be_dialled_reaches_no_carrier(world: TrunkWorld, number: str) -> None:
    before = len(world.first.taken()) + len(world.second.taken())
    assert world.phone("agent-6").call(number) == REFUSED
    assert len(world.first.taken()) + len(world.second.taken()) == before
    assert '{"extra":"destination:agent-6"}' in world.events("LIMIT")


def test_a_user_has_kinds_of_number_and_numbers_shown_of_his_own(world: TrunkWorld) -> None:
    phone = world.phone("agent-7")
    assert phone.call(MOBILE) == REFUSED
    assert phone.call("+442079460000") == 200
    offer = world.first.taken()[-1]
    assert offer.first.startswith("INVITE sip:00442079460000@")
    assert f"<sip:{SECOND_NUMBER}@" in offer.header("From")


def test_what_the_gateway_dials_shows_only_numbers_of_ours(world: TrunkWorld) -> None:
    for asked, shown in ((SECOND_NUMBER, SECOND_NUMBER), ("110", FIRST_NUMBER), ("", FIRST_NUMBER)):
        number = f"1390451{len(world.first.taken()):04d}"
        steps = (f"Set(OUT_CALLER_ID={asked})", "Set(OUT_USER=nobody)", f"Goto(outbound,{number},1)")
        for priority, step in enumerate(steps, 1):
            world.switch.rx(f'dialplan add extension 88,{priority},"{step}" into desk replace')
        assert world.phone("agent-2").call("88") == 200
        offer = world.first.taken()[-1]
        assert number in offer.first
        assert f"<sip:{shown}@" in offer.header("From")


def test_outside_the_hours_only_what_is_named_may_be_dialled(tmp_path: Path) -> None:
    hour = (time.localtime().tm_hour + 3) % 24
    limits = OutgoingLimits(hours=f"{hour:02d}:00-{hour:02d}:30", outside_hours=("local",))
    with TrunkWorld(tmp_path, limits=limits) as night:
        phone = night.phone()
        assert phone.call(MOBILE) == REFUSED
        assert phone.call("87654321") == 200
        assert phone.call("110") == 200
        wait_for(lambda: night.events("LIMIT") == ['{"extra":"hours:agent-1"}'], "mark of the refusal")
