"""The checks that every driver of a network without voice has to pass. A driver's own module brings a world
around the network: a `DataWorld` and `DataConformance` for one with data, a `ListenedWorld` and
`ListeningConformance` for one that can only be listened to.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from uuid import uuid4

import pytest

from field.contract.capabilities import Can
from radio_bridge.floor.model import Cause, FloorStage
from tests.radio_bridge.drivers.conformance.data_control import DataControl
from tests.radio_bridge.drivers.documented import documented

WORDS = "下水井盖破损 corner of Jingwei Street"


class ListenedWorld(ABC):
    """A network with a radio of somebody else, and our driver connected to it."""

    control: DataControl
    group: str
    other: str
    """The other radio's name on the air."""

    @abstractmethod
    def other_talks(self, seconds: float, *, end: bool = True, emergency: bool = False) -> None:
        """On `group`; returns at once. Without `end` its last words are lost."""

    @abstractmethod
    def other_registers(self) -> None: ...

    @abstractmethod
    def other_leaves(self) -> None: ...

    @abstractmethod
    def voice_at_other(self) -> int:
        """Bursts of voice that have come to it."""

    @abstractmethod
    def kill_network(self) -> None: ...

    @abstractmethod
    async def start_network(self) -> None:
        """After `kill_network`."""

    @abstractmethod
    def freeze_network(self) -> None: ...

    @abstractmethod
    def thaw_network(self) -> None: ...

    @abstractmethod
    def garbage(self) -> None:
        """Nonsense reaches us on every way that the network has to us."""


class DataWorld(ListenedWorld):
    """One whose radios carry data."""

    accuracy_m = 5.0
    """How well a radio says where it is."""

    @abstractmethod
    def other_texts(self, words: str, number: int) -> None:
        """The same number again is the same text again."""

    @abstractmethod
    def other_is_at(self, lat: float, lon: float) -> None: ...

    @abstractmethod
    def other_pretends(self, words: str) -> None:
        """A text in another radio's name."""

    @abstractmethod
    def texts_at_other(self) -> Sequence[tuple[int, str]]:
        """Numbers and words of the texts that it has received until now."""

    @abstractmethod
    def reports_at_other(self) -> Sequence[int]:
        """Numbers of its own texts that were acknowledged until now."""

    @abstractmethod
    def other_acknowledges(self, number: int) -> None: ...


class ListeningConformance:
    """Each test has a `world` of its own module's fixture."""

    async def test_the_link_comes_goes_and_comes_back(self, world: ListenedWorld) -> None:
        control = world.control
        await control.up()
        world.other_registers()
        await control.until(lambda: world.other in control.nodes, "radio")
        world.kill_network()
        await control.until(lambda: control.driver.health().state == "degraded", "degraded", 30.0)
        assert control.driver.health().why
        assert control.went_away(world.group)
        assert control.nodes == frozenset()
        await world.start_network()
        await control.up(30.0)
        world.other_registers()
        await control.until(lambda: world.other in control.nodes, "radio")

    async def test_who_talks_is_told_with_his_name_and_his_end(self, world: ListenedWorld) -> None:
        control = world.control
        await control.up()
        world.other_talks(1.0)
        await control.until(lambda: control.talker(world.group) == world.other, "talker", 3.0)
        await control.until(lambda: control.stage(world.group) is FloorStage.IDLE, "end of the talk", 5.0)
        assert control.talks(world.group) == [("began", world.other), ("ended", world.other)]
        assert world.other in control.nodes

    async def test_a_talk_whose_end_was_lost_ends_by_itself(self, world: ListenedWorld) -> None:
        control = world.control
        await control.up()
        world.other_talks(0.5, end=False)
        await control.until(lambda: control.talker(world.group) == world.other, "talker", 3.0)
        await control.until(lambda: control.talker(world.group) is None, "end of the talk", 20.0)
        world.other_talks(0.5)
        await control.until(lambda: len(control.talks(world.group)) == 4, "second talk", 20.0)

    async def test_nobody_of_ours_is_granted_a_talk_and_nothing_is_sent(self, world: ListenedWorld) -> None:
        control = world.control
        await control.up()
        world.other_registers()
        await control.until(lambda: world.other in control.nodes, "radio")
        request_id = control.press(world.group)
        await control.until(lambda: control.end_of(request_id) is not None, "answer", 1.0)
        assert control.end_of(request_id) is Cause.NETWORK_DENIED
        assert not control.granted(request_id)
        assert not control.driver.speak(world.group, "made up", bytes(320))
        await asyncio.sleep(0.3)
        assert world.voice_at_other() == 0

    async def test_a_restart_in_mid_talk_ends_the_talk_and_the_next_one_is_told(
        self, world: ListenedWorld
    ) -> None:
        control = world.control
        await control.up()
        world.other_talks(30.0)
        await control.until(lambda: control.talker(world.group) == world.other, "talker", 3.0)
        world.kill_network()
        await control.until(lambda: control.talker(world.group) is None, "end of the talk", 30.0)
        await control.until(lambda: control.driver.health().state == "degraded", "degraded", 30.0)
        await world.start_network()
        await control.up(30.0)
        before = len(control.talks(world.group))
        # A network that has just come back may not pass its first talk on.
        for _ in range(4):
            world.other_talks(0.5)
            with contextlib.suppress(AssertionError):
                await control.until(lambda: len(control.talks(world.group)) >= before + 2, "next talk", 5.0)
                break
        assert len(control.talks(world.group)) >= before + 2

    async def test_an_emergency_call_is_told_once(self, world: ListenedWorld) -> None:
        control = world.control
        await control.up()
        control.away = 1
        world.other_talks(1.0, emergency=True)
        await control.until(lambda: len(control.kept.alarms) == 1, "alarm", 10.0)
        await control.until(lambda: control.stage(world.group) is FloorStage.IDLE, "end of the talk", 5.0)
        assert [address for address, _ in control.kept.alarms] == [world.other]

    async def test_what_it_cannot_do_is_declared_and_stands_in_the_documentation(
        self, world: ListenedWorld
    ) -> None:
        driver = world.control.driver
        assert driver.caps.can | driver.caps.lacks == frozenset(Can)
        assert {Can.SPEAK, Can.HEAR, Can.GRANT} <= driver.caps.lacks
        for can, method in ((Can.TEXT, "send_short"), (Can.JOB, "send_job")):
            assert (can in driver.caps.can) == hasattr(driver, method), can
        assert documented(driver.network) == {can.value: can in driver.caps.can for can in Can}


class DataConformance(ListeningConformance):
    """And of a network with data."""

    async def test_a_text_of_a_radio_is_kept_once_and_then_reported(self, world: DataWorld) -> None:
        control = world.control
        await control.up()
        for _ in range(2):
            world.other_texts(WORDS, 5)
            await control.until(lambda: len(control.kept.texts) == 1, "text", 5.0)
        await control.until(lambda: list(world.reports_at_other()) == [5, 5], "two reports", 10.0)
        assert [(address, words) for address, _, words in control.kept.texts] == [(world.other, WORDS)]

    async def test_a_text_that_cannot_be_kept_is_not_reported(self, world: DataWorld) -> None:
        control = world.control
        await control.up()
        control.away = 2
        world.other_texts(WORDS, 6)
        await control.until(lambda: control.refused == 1, "refusal", 5.0)
        await asyncio.sleep(0.5)
        assert list(world.reports_at_other()) == []
        await control.until(lambda: len(control.kept.texts) == 1, "text", 15.0)
        await control.until(lambda: list(world.reports_at_other()) == [6], "report", 5.0)

    async def test_a_text_of_nobodys_radio_is_not_reported(self, world: DataWorld) -> None:
        control = world.control
        await control.up()
        control.stranger = True
        world.other_texts(WORDS, 7)
        await control.until(lambda: control.refused == 1, "refusal", 5.0)
        await asyncio.sleep(0.5)
        assert list(world.reports_at_other()) == []

    async def test_a_text_to_a_radio_arrives_and_its_report_comes(self, world: DataWorld) -> None:
        control = world.control
        await control.up()
        ref = uuid4()
        assert not await control.data_driver.send_short(world.other, WORDS, ref=ref), "it is not there yet"
        world.other_registers()
        await control.until(lambda: control.kept.registered == [world.other], "registration")
        assert await control.data_driver.send_short(world.other, WORDS, ref=ref)
        assert await control.data_driver.send_short(world.other, WORDS, ref=ref), "it waits for its report"
        await control.until(lambda: len(world.texts_at_other()) >= 1, "text at the radio", 10.0)
        ((number, words),) = world.texts_at_other()
        assert words == WORDS
        assert control.kept.delivered == []
        world.other_acknowledges(number)
        await control.until(lambda: control.kept.delivered == [(world.other, ref)], "report", 5.0)

    async def test_a_text_without_a_report_is_sent_again(self, world: DataWorld) -> None:
        control = world.control
        await control.up()
        world.other_registers()
        await control.until(lambda: control.kept.registered == [world.other], "registration")
        assert await control.data_driver.send_short(world.other, "again", ref=uuid4())
        await control.until(lambda: len(world.texts_at_other()) >= 2, "second copy", 20.0)
        assert len(set(world.texts_at_other())) == 1

    async def test_where_a_radio_is_comes_with_its_name(self, world: DataWorld) -> None:
        control = world.control
        await control.up()
        world.other_is_at(45.7567, 126.6424)
        await control.until(lambda: len(control.kept.places) == 1, "place", 5.0)
        ((address, place),) = control.kept.places
        assert address == world.other
        assert (place.lat, place.lon) == pytest.approx((45.7567, 126.6424), abs=1e-5)
        assert (place.accuracy_m, place.speed_mps) == pytest.approx((world.accuracy_m, 2.5))

    async def test_who_leaves_is_not_there(self, world: DataWorld) -> None:
        control = world.control
        await control.up()
        world.other_registers()
        await control.until(lambda: world.other in control.nodes, "radio")
        world.other_leaves()
        await control.until(lambda: world.other not in control.nodes, "its end", 5.0)
        assert not await control.data_driver.send_short(world.other, WORDS, ref=uuid4())

    async def test_a_radio_in_anothers_name_is_not_believed(self, world: DataWorld) -> None:
        control = world.control
        await control.up()
        world.other_pretends("send an ambulance")
        world.other_texts("really me", 9)
        await control.until(lambda: len(control.kept.texts) == 1, "text", 5.0)
        await asyncio.sleep(0.3)
        assert [words for _, _, words in control.kept.texts] == ["really me"]

    async def test_garbage_harms_nothing(self, world: DataWorld) -> None:
        control = world.control
        await control.up()
        world.garbage()
        world.other_texts("after the garbage", 11)
        await control.until(lambda: len(control.kept.texts) == 1, "text", 10.0)
        assert control.driver.health().state == "up"

    async def test_a_network_that_stops_answering_is_noticed_and_comes_back(self, world: DataWorld) -> None:
        control = world.control
        await control.up()
        world.other_registers()
        await control.until(lambda: control.kept.registered == [world.other], "registration")
        world.freeze_network()
        assert await control.data_driver.send_short(world.other, WORDS, ref=uuid4()), "nobody knows yet"
        await control.until(lambda: control.driver.health().state == "degraded", "degraded", 30.0)
        assert not await control.data_driver.send_short(world.other, WORDS, ref=uuid4())
        world.thaw_network()
        await control.up(30.0)
        world.other_texts("there again", 12)
        await control.until(lambda: len(control.kept.texts) == 1, "text", 10.0)
