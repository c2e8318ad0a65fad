"""The usrp driver against a *simulated* gateway and radio (`tests/peers/simulated_usrp.py`): the suite, and
what is its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from core.clock import SystemClock
from radio_bridge.drivers.usrp.driver import UsrpDriver
from radio_bridge.drivers.usrp.settings import UsrpSettings, UsrpTalkgroup
from radio_bridge.floor.model import Cause, FloorStage
from radio_bridge.floor.signals import NetworkTaken
from tests.peers.audio import Samples, tone_seconds
from tests.peers.ports import free_port, release
from tests.peers.simulated_usrp import SimulatedUsrpRadio
from tests.radio_bridge.drivers.conformance.control import Control
from tests.radio_bridge.drivers.conformance.suite import OURS_HZ, THEIRS_HZ, VoiceConformance, VoiceWorld

# Not by its peer, which is simulated: by its times. It waits in real time, as those with real networks do.
pytestmark = pytest.mark.real

GROUP = "usrp:1"
SILENT_S = 3.0


class UsrpWorld(VoiceWorld):
    """A simulated gateway that says something each second, as DVSwitch's does."""

    group = GROUP
    other = "usrp:N0CALL"

    def __init__(self, radio: SimulatedUsrpRadio) -> None:
        self.radio = radio

    def join(self, **changed: object) -> UsrpDriver:
        """A driver with this gateway, not started."""
        one = {
            "tg": 1, "port": self.radio.port, "listen_port": self.radio.their_port, "silent_s": SILENT_S,
            "callsign": "SONGHUA",
        }  # fmt: skip
        talkgroup = UsrpTalkgroup.model_validate(one | changed)
        return UsrpDriver(UsrpSettings(talkgroups=[talkgroup]), SystemClock())

    def other_says(self, frequency: float, seconds: float) -> None:
        self.radio.say(frequency, seconds)

    def listen_anew(self) -> None:
        self.radio.listen_anew()

    def heard_by_other(self) -> Samples:
        return self.radio.transmitted()

    def keyed(self) -> bool:
        return self.radio.keyed

    def kill_network(self) -> None:
        self.radio.kill()

    def start_network(self) -> None:
        self.radio.start()

    def freeze_network(self) -> None:
        self.radio.frozen = True

    def thaw_network(self) -> None:
        self.radio.frozen = False

    async def garbage(self) -> None:
        for data in (
            b"",
            b"USRP",
            b"\xff" * 2000,
            b"USRP" + b"\xff" * 28,
            self.radio.packet(b"\0\0\0\0", b"x"),
        ):
            self.radio.send(data)
        await asyncio.sleep(0.2)


@pytest.fixture(scope="module")
def radio() -> Iterator[SimulatedUsrpRadio]:
    made = SimulatedUsrpRadio(callsign="N0CALL", pings=True)
    yield made
    made.close()


@pytest.fixture
async def bare(radio: SimulatedUsrpRadio) -> AsyncIterator[UsrpWorld]:
    """The gateway without a driver of ours."""
    if not radio.running:
        radio.start()
    while radio.speaking:
        await asyncio.sleep(0.1)
    yield UsrpWorld(radio)
    radio.frozen = radio.swaps = False
    radio.says_ends = radio.pings = True


@pytest.fixture
async def world(bare: UsrpWorld) -> AsyncIterator[UsrpWorld]:
    driver = bare.join()
    bare.control = Control(driver)
    await driver.start()
    await bare.control.up()
    yield bare
    await driver.stop()


class TestUsrp(VoiceConformance):
    """The suite, with the simulated gateway."""


async def test_a_talk_whose_end_was_lost_ends_all_the_same(world: UsrpWorld) -> None:
    world.radio.says_ends = False
    world.other_says(THEIRS_HZ, 0.5)
    await world.control.until(lambda: world.control.talker(GROUP) == world.other, "talker", 3.0)
    await world.control.until(lambda: world.control.stage(GROUP) is FloorStage.IDLE, "end of the talk", 2.0)
    assert world.control.talks(GROUP) == [("began", world.other), ("ended", world.other)]


async def test_datagrams_out_of_their_order_cost_their_own_sound_alone(world: UsrpWorld) -> None:
    world.radio.swaps = True
    world.other_says(THEIRS_HZ, 1.0)
    await world.control.until(lambda: world.control.talker(GROUP) is not None, "talker", 3.0)
    await world.control.until(lambda: world.control.stage(GROUP) is FloorStage.IDLE, "end of the talk", 3.0)
    heard = [frame for _, frame, _ in world.control.heard_on[GROUP].frames]
    # Of each pair the second one came first, and its former one too late.
    assert 20 <= len(heard) <= 27
    assert len(world.control.talks(GROUP)) == 2, "the late frames began another talk"


async def test_a_gateway_that_nobody_is_behind_is_refused_and_found_again(bare: UsrpWorld) -> None:
    bare.radio.kill()
    driver = bare.join(silent_s=0)
    control = Control(driver)
    await driver.start()
    try:
        await control.until(lambda: "nobody listens" in driver.health().why, "reason", 5.0)
        request_id = control.press(GROUP)
        await control.until(lambda: control.end_of(request_id) is not None, "answer")
        assert control.end_of(request_id) is Cause.NETWORK_AWAY
        # A side that says nothing between talks is there when nobody refuses.
        bare.radio.pings = False
        bare.radio.start()
        await control.up(5.0)
        request_id = await control.talk(GROUP, OURS_HZ, 0.3)
        bare.radio.kill()
        await control.until(lambda: control.end_of(request_id) is not None, "end of our talk", 1.0)
        assert control.end_of(request_id) is Cause.NETWORK_AWAY
    finally:
        await driver.stop()


async def test_a_port_that_is_taken_is_named(bare: UsrpWorld) -> None:
    first, second = bare.join(), bare.join()
    one, two = Control(first), Control(second)
    await first.start()
    await one.up()
    await second.start()
    try:
        await two.until(lambda: "listen_port" in second.health().why, "reason", 3.0)
    finally:
        await first.stop()
        await second.stop()


async def test_who_talks_while_we_do_is_heard_afterwards(world: UsrpWorld) -> None:
    control = world.control
    request_id = await control.talk(GROUP, OURS_HZ, 0.3)
    world.other_says(THEIRS_HZ, 2.0)
    await control.say(GROUP, OURS_HZ, 0.5)
    assert control.end_of(request_id) is None
    assert control.talker(GROUP) is None
    control.let_go(GROUP, request_id)
    await control.until(lambda: control.talker(GROUP) == world.other, "talker", 1.0)
    assert control.press(GROUP) != request_id
    await control.until(lambda: control.stage(GROUP) is FloorStage.IDLE, "end of the talk", 5.0)
    assert 0.8 <= tone_seconds(control.heard_on[GROUP].samples(), THEIRS_HZ) <= 1.6


async def test_a_talk_without_sound_keeps_the_transmitter_on(world: UsrpWorld) -> None:
    control = world.control
    request_id = control.press(GROUP)
    await control.until(lambda: control.granted(request_id), "grant", 1.0)
    await asyncio.sleep(0.2)
    lost = 0
    for _ in range(50):
        lost += not world.keyed()
        await asyncio.sleep(0.02)
    # Without silence of ours it would be off nearly all the time.
    assert lost < 10
    control.let_go(GROUP, request_id)


async def test_sound_that_comes_in_a_burst_does_not_overrun_the_gateway(world: UsrpWorld) -> None:
    control = world.control
    world.listen_anew()
    request_id = await control.talk(GROUP, OURS_HZ, 0.2)
    token = control.token(GROUP)
    went = [control.driver.speak(GROUP, token, bytes(320)) for _ in range(100)]
    assert 5 <= sum(went) <= 20
    await asyncio.sleep(0.3)
    await control.say(GROUP, OURS_HZ, 0.5)
    control.let_go(GROUP, request_id)
    await asyncio.sleep(0.5)
    assert tone_seconds(world.heard_by_other(), OURS_HZ) >= 0.5


async def test_our_name_is_said_before_our_talk(world: UsrpWorld) -> None:
    world.radio.infos.clear()
    world.control.let_go(GROUP, await world.control.talk(GROUP, OURS_HZ, 0.2))
    await asyncio.sleep(0.1)
    (info,) = world.radio.infos
    assert info[14:] == b"SONGHUA\0"


async def test_who_is_not_named_has_the_gateways_name(bare: UsrpWorld) -> None:
    bare.radio.callsign = ""
    driver = bare.join(name="NODE-1999")
    control = Control(driver)
    await driver.start()
    try:
        await control.up()
        bare.other_says(THEIRS_HZ, 0.5)
        await control.until(lambda: (GROUP, NetworkTaken("usrp:NODE-1999")) in control.signals, "talker", 3.0)
    finally:
        bare.radio.callsign = "N0CALL"
        await driver.stop()


async def test_nothing_of_another_machine_counts(bare: UsrpWorld) -> None:
    unused = free_port()
    driver = bare.join(host="127.0.0.2", port=unused)
    control = Control(driver)
    await driver.start()
    try:
        bare.other_says(THEIRS_HZ, 0.5)
        await asyncio.sleep(1.0)
        assert control.signals.count((GROUP, NetworkTaken("usrp:N0CALL"))) == 0
    finally:
        release(unused)
        await driver.stop()
