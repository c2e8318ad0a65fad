"""The checks that every driver of a network with voice has to pass. A driver's own module brings a
`VoiceWorld` around the real network and subclasses `VoiceConformance`.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

from field.contract.capabilities import Can
from radio_bridge.floor.model import Cause, FloorStage
from tests.peers.audio import Samples, tone_seconds
from tests.radio_bridge.drivers.conformance.control import Control
from tests.radio_bridge.drivers.documented import documented

OURS_HZ, THEIRS_HZ = 800, 1300


class VoiceWorld(ABC):
    """A real network with at least one radio of somebody else on `group`, and our driver connected to it."""

    control: Control
    group: str
    other: str
    """The other radio's name on the air."""

    @abstractmethod
    def other_says(self, frequency: float, seconds: float) -> None:
        """A tone into the other radio's microphone; returns at once."""

    @abstractmethod
    def listen_anew(self) -> None:
        """Forget what was heard at the other radio until now."""

    @abstractmethod
    def heard_by_other(self) -> Samples:
        """What has come out of the other radio since, 8 kHz."""

    @abstractmethod
    def keyed(self) -> bool:
        """Whether the network itself says that we talk."""

    @abstractmethod
    def kill_network(self) -> None: ...

    @abstractmethod
    def start_network(self) -> None:
        """After `kill_network`; the other radio comes back by itself."""

    @abstractmethod
    def freeze_network(self) -> None: ...

    @abstractmethod
    def thaw_network(self) -> None: ...

    @abstractmethod
    async def garbage(self) -> None:
        """Nonsense reaches us on every way that the network has to us."""

    async def other_is_back(self) -> None:
        """The other radio is signed in again after the network was away, where the network tells that."""
        if Can.PRESENCE in self.control.driver.caps.can:
            await self.control.until(lambda: self.other in self.control.nodes, "other radio", 40.0)


class VoiceConformance:
    """Each test has a `world` of its own module's fixture."""

    async def test_the_link_comes_goes_and_comes_back(self, world: VoiceWorld) -> None:
        control = world.control
        await control.up()
        assert (world.other in control.nodes) == (Can.PRESENCE in control.driver.caps.can)
        world.kill_network()
        await control.until(lambda: control.driver.health().state == "degraded", "degraded", 30.0)
        assert world.group in control.driver.health().why
        assert control.went_away(world.group)
        assert control.nodes == frozenset()
        request_id = control.press(world.group)
        await control.until(lambda: control.end_of(request_id) is not None, "answer")
        assert control.end_of(request_id) is Cause.NETWORK_AWAY
        world.start_network()
        await control.up(60.0)
        await world.other_is_back()

    async def test_our_tone_is_heard_at_the_other_radio(self, world: VoiceWorld) -> None:
        control = world.control
        await control.up()
        world.listen_anew()
        request_id = await control.talk(world.group, OURS_HZ, 2.0)
        assert world.keyed()
        control.let_go(world.group, request_id)
        await control.until(lambda: not world.keyed(), "end of our talk", 2.0)
        await asyncio.sleep(0.5)
        heard = world.heard_by_other()
        assert tone_seconds(heard, OURS_HZ) >= 1.7
        assert tone_seconds(heard, THEIRS_HZ) == 0.0

    async def test_the_other_radios_tone_comes_to_us_with_its_name(self, world: VoiceWorld) -> None:
        control = world.control
        await control.up()
        world.other_says(THEIRS_HZ, 2.0)
        await control.until(lambda: control.talker(world.group) is not None, "talker", 3.0)
        assert control.talker(world.group) == world.other
        await control.until(lambda: control.stage(world.group) is FloorStage.IDLE, "end of the talk", 20.0)
        assert control.talks(world.group) == [("began", world.other), ("ended", world.other)]
        await control.until(lambda: control.heard_on[world.group].ends >= 1, "end of its sound", 2.0)
        heard = control.heard_on[world.group]
        assert tone_seconds(heard.samples(), THEIRS_HZ) >= 1.7
        assert {len(frame) for _, frame, _ in heard.frames} == {320}
        assert {party for party, _, _ in heard.frames} == {world.other}

    async def test_we_are_told_who_talks_and_get_no_floor_meanwhile(self, world: VoiceWorld) -> None:
        control = world.control
        await control.up()
        world.listen_anew()
        world.other_says(THEIRS_HZ, 2.0)
        await control.until(lambda: control.talker(world.group) is not None, "talker", 3.0)
        request_id = control.press(world.group)
        await control.until(lambda: control.end_of(request_id) is not None, "answer", 3.0)
        assert control.end_of(request_id) is Cause.NETWORK_BUSY
        assert not control.granted(request_id)
        await control.until(lambda: control.stage(world.group) is FloorStage.IDLE, "end of the talk", 20.0)
        assert tone_seconds(control.heard_on[world.group].samples(), THEIRS_HZ) >= 1.7

    async def test_sound_without_the_floor_is_heard_by_nobody(self, world: VoiceWorld) -> None:
        control = world.control
        await control.up()
        world.listen_anew()
        request_id = await control.talk(world.group, OURS_HZ, 0.2)
        old = control.token(world.group)
        control.let_go(world.group, request_id)
        await control.until(lambda: not world.keyed(), "end of our talk", 2.0)
        await asyncio.sleep(0.5)
        world.listen_anew()
        for token in (old, "", "made up"):
            assert not control.driver.speak(world.group, token, bytes(320))
        await control.say(world.group, OURS_HZ, 0.5)
        assert not world.keyed()
        assert tone_seconds(world.heard_by_other(), OURS_HZ) == 0.0

    async def test_pressed_and_let_go_at_once_leaves_nobody_keyed(self, world: VoiceWorld) -> None:
        control = world.control
        await control.up()
        for _ in range(20):
            control.let_go(world.group, control.press(world.group))
            await asyncio.sleep(0.01)
        await control.until(lambda: not world.keyed(), "end of our talk", 3.0)
        await asyncio.sleep(0.3)
        assert not world.keyed()
        request_id = await control.talk(world.group, OURS_HZ, 0.3)
        control.let_go(world.group, request_id)

    async def test_a_restart_of_the_network_in_mid_talk_ends_the_talk_and_the_next_one_works(
        self, world: VoiceWorld
    ) -> None:
        control = world.control
        await control.up()
        request_id = await control.talk(world.group, OURS_HZ, 0.5)
        world.kill_network()
        await control.until(lambda: control.end_of(request_id) is not None, "end", 30.0)
        assert control.end_of(request_id) in {Cause.NETWORK_AWAY, Cause.DEAD_KEY}
        world.start_network()
        await control.up(60.0)
        await world.other_is_back()
        world.listen_anew()
        request_id = await control.talk(world.group, OURS_HZ, 1.5)
        control.let_go(world.group, request_id)
        await asyncio.sleep(1.0)
        assert tone_seconds(world.heard_by_other(), OURS_HZ) >= 1.0

    async def test_a_restart_while_somebody_else_talks_ends_his_talk_here(self, world: VoiceWorld) -> None:
        control = world.control
        await control.up()
        world.other_says(THEIRS_HZ, 3.0)
        await control.until(lambda: control.talker(world.group) == world.other, "talker", 3.0)
        world.kill_network()
        await control.until(lambda: control.talker(world.group) is None, "end of the talk", 30.0)
        world.start_network()
        await control.up(60.0)

    async def test_garbage_harms_nothing(self, world: VoiceWorld) -> None:
        control = world.control
        await control.up()
        await world.garbage()
        await control.up(30.0)
        await world.other_is_back()
        world.listen_anew()
        request_id = await control.talk(world.group, OURS_HZ, 1.5)
        control.let_go(world.group, request_id)
        await asyncio.sleep(1.0)
        assert tone_seconds(world.heard_by_other(), OURS_HZ) >= 1.0

    async def test_a_network_that_stops_answering_is_noticed_and_comes_back(self, world: VoiceWorld) -> None:
        control = world.control
        await control.up()
        request_id = await control.talk(world.group, OURS_HZ, 0.3)
        world.freeze_network()
        await control.until(lambda: control.driver.health().state == "degraded", "degraded", 60.0)
        assert control.end_of(request_id) is not None
        world.thaw_network()
        await control.up(60.0)

    async def test_nobody_is_left_keyed_when_we_stop(self, world: VoiceWorld) -> None:
        control = world.control
        await control.up()
        await control.talk(world.group, OURS_HZ, 0.3)
        assert world.keyed()
        await control.driver.stop()
        await control.until(lambda: not world.keyed(), "end of our talk", 1.0)

    async def test_what_it_cannot_do_is_declared_and_stands_in_the_documentation(
        self, world: VoiceWorld
    ) -> None:
        caps = world.control.driver.caps
        assert caps.can | caps.lacks == frozenset(Can)
        assert {Can.SPEAK, Can.HEAR} <= caps.can
        driver = world.control.driver
        # A terminal's text and a radio's are two ports.
        assert (Can.TEXT in caps.can) == any(hasattr(driver, one) for one in ("send_text", "send_short"))
        for can, method in (
            (Can.JOB, "send_job"),
            (Can.EMERGENCY_ALARM, "send_alarm"),
        ):
            assert (can in caps.can) == hasattr(driver, method), can
        assert documented(driver.network) == {can.value: can in caps.can for can in Can}
