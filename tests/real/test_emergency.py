"""110 goes through: limits used up, their lock held, trunks away, OPTIONS wrong, and no gateway at all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.asterisk.settings import OutgoingLimits, QueueSettings
from tests.peers import audio
from tests.peers.asterisk import agent
from tests.peers.sipp import SippCaller
from tests.real.trunk_world import CARRIER_TONE, FIRST_NUMBER, MOBILE, TrunkWorld
from tests.waiting import seconds_until, wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

STRICT = OutgoingLimits(
    user_per_minute=1, user_at_once=1, total_per_minute=1, total_at_once=1, allowed=("mobile",)
)
QUEUE = QueueSettings(name="hotline", ring_seconds=15, fallback_members=("agent-2",))
AGENTS = (agent("agent-1"), agent("agent-2"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrunkWorld]:
    """No gateway runs here: whatever works, works without one."""
    folder = tmp_path_factory.mktemp("emergency")
    trunks = {"calls_at_once": 1, "calls_per_minute": 1}
    with TrunkWorld(
        folder, agents=AGENTS, queues=(QUEUE,), limits=STRICT, first=trunks, second=trunks
    ) as made:
        yield made


@pytest.fixture(autouse=True)
def _idle_after(world: TrunkWorld) -> Iterator[None]:
    yield
    world.first.start() if not world.up("first") else None
    world.second.start() if not world.up("second") else None
    wait_for(lambda: world.up("first") and world.up("second"), "both trunks")
    world.switch.wait_idle()


@pytest.mark.parametrize(
    ("dialled", "called"), [("110", "110"), ("119", "119"), ("112", "110"), ("0451120", "120")]
)
def test_no_limit_stops_it(world: TrunkWorld, dialled: str, called: str) -> None:
    phone = world.phone()
    phone.call(MOBILE)
    assert phone.call(MOBILE) == 403
    phone.dial(dialled, calls=3, seconds=1)
    phone.wait()
    assert phone.answers() == [200] * 3
    offers = world.first.taken()[-3:]
    assert [offer.first.split("@")[0] for offer in offers] == [f"INVITE sip:{called}"] * 3
    assert all(f"<sip:{FIRST_NUMBER}@" in offer.header("From") for offer in offers)


def test_not_even_the_lock_of_the_limits_stops_it(world: TrunkWorld) -> None:
    for priority, step in enumerate(("Set(HELD=${LOCK(outside)})", "Answer()", "Wait(8)"), 1):
        world.switch.rx(f'dialplan add extension 99,{priority},"{step}" into desk')
    holder, phone = world.phone("agent-2"), world.phone()
    holder.dial("99", seconds=5)
    wait_for(lambda: world.channels("PJSIP/agent-2-"), "who holds the lock")
    began = time.monotonic()
    assert phone.call("110") == 200
    assert time.monotonic() - began < 2
    holder.wait()


def test_the_next_trunk_takes_it_when_the_first_is_away(world: TrunkWorld) -> None:
    world.first.stop()
    before = len(world.second.taken())
    began = time.monotonic()
    assert world.phone().call("119") == 200
    assert time.monotonic() - began < 11
    wait_for(lambda: not world.up("first"), "loss of the first trunk")
    began = time.monotonic()
    assert world.phone().call("119") == 200
    assert time.monotonic() - began < 2
    assert len(world.second.taken()) == before + 2


def hand_over(world: TrunkWorld, number: str) -> SippCaller:
    """A citizen whom the dialogue sends to an emergency number, as a flow does: Goto(emergency,DIGITS,1)."""
    steps = ("Answer()", "Gosub(record,both,1)", f"Goto(emergency,{number},1)")
    for priority, step in enumerate(steps, 1):
        world.switch.rx(f'dialplan add extension 7{number},{priority},"{step}" into hotline')
    citizen = world.citizen(called=f"7{number}", seconds=40)
    citizen.dial()
    return citizen


def test_a_citizen_is_handed_over_and_hears_them(world: TrunkWorld) -> None:
    before = len(world.first.taken())
    citizen = hand_over(world, "119")
    wait_for(lambda: len(world.first.taken()) > before, "the call")
    try:
        wait_for(lambda: audio.tone_seconds(citizen.heard(), CARRIER_TONE) > 2, "their voice")
    finally:
        citizen.hang_up()
    assert f"<sip:{FIRST_NUMBER}@" in world.first.taken()[-1].header("From")
    assert world.events("EMERGENCY")[-1] == '{"extra":"119"}'
    assert list(world.switch.recordings.rglob("*-in.alaw"))


def test_what_is_no_emergency_number_reaches_a_person(world: TrunkWorld) -> None:
    citizen = hand_over(world, "555")
    try:
        wait_for(lambda: "prio: 20" in world.switch.rx("queue show hotline"), "a first place")
    finally:
        citizen.hang_up()


def test_when_every_trunk_fails_a_citizen_is_the_first_in_the_queue(world: TrunkWorld) -> None:
    world.first.stop()
    world.second.stop()
    wait_for(lambda: not world.up("first") and not world.up("second"), "loss of both trunks")
    citizen = hand_over(world, "110")

    def first_in_queue() -> bool:
        return "prio: 20" in world.switch.rx("queue show hotline")

    try:
        # Both are tried although OPTIONS calls them away, then the queue has him with its highest priority.
        assert seconds_until(first_in_queue, "the first place in the queue", 25) < 22
        assert audio.longest_silence(citizen.heard()) < 5
        assert '{"extra":"failed 110"}' in world.events("EMERGENCY")
    finally:
        citizen.hang_up()


def test_options_may_be_wrong(tmp_path: Path) -> None:
    """A carrier that never answers OPTIONS counts as away; an emergency call is offered to it anyway."""
    with TrunkWorld(tmp_path, carriers={"options": False}, qualified=False) as deaf:
        wait_for(lambda: not deaf.up("first") and not deaf.up("second"), "loss of both trunks")
        phone = deaf.phone()
        assert phone.call(MOBILE) == 503
        assert phone.call("110") == 200
        assert deaf.first.numbers() == ["110"]
