"""The tetra_pei driver against a *simulated* radio and network, over TCP and over a serial line (a pty). The
simulator was written without the driver, and the driver without it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest

from core.clock import SystemClock
from radio_bridge.drivers.tetra_pei import health, services
from radio_bridge.drivers.tetra_pei.driver import TetraPeiDriver
from radio_bridge.drivers.tetra_pei.session import PeiTiming
from radio_bridge.drivers.tetra_pei.settings import TetraPeiSettings
from radio_bridge.floor.model import FloorStage
from tests.peers.simulated_tetra import Quirks, SimulatedNetwork, SimulatedRadio, UserData
from tests.peers.simulated_tetra.sds import short_report, text
from tests.radio_bridge.drivers.conformance.data_control import DataControl
from tests.radio_bridge.drivers.conformance.data_suite import WORDS, DataConformance, DataWorld

pytestmark = pytest.mark.real

TG, OTHER_TG, GROUP = 9001, 9002, "tetra:9001"
ISSI, CREW, SECOND = 1001, 2_621_017, 2_621_018
QUICK = PeiTiming(answer=2.0, sent=3.0, ask_every=2.0, settle=0.1)


class TetraWorld(DataWorld):
    """Our radio, one of a crew, and another one, in one network."""

    group = GROUP
    other = f"tetra:{CREW}"
    accuracy_m = 20.0
    """The short report has no 5 m."""

    def __init__(self, quirks: Quirks | None = None) -> None:
        self.network = SimulatedNetwork()
        self.radio = SimulatedRadio(self.network, ISSI, groups=[TG, OTHER_TG], quirks=quirks)
        self.crew = self.network.unit(CREW, groups=[TG])
        self.second = self.network.unit(SECOND, groups=[TG])
        self.crew.reports = self.second.reports = False
        self.crew.reachable = False
        self._talks: set[asyncio.Task[None]] = set()

    def other_talks(self, seconds: float, *, end: bool = True, emergency: bool = False) -> None:
        for running in self._talks:
            running.cancel()
        self.crew.reachable = True
        self.crew.release(TG)
        talk = asyncio.ensure_future(self._talk(seconds, end=end, emergency=emergency))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, seconds: float, *, end: bool, emergency: bool) -> None:
        self.crew.press(TG, emergency=emergency)
        await asyncio.sleep(seconds)
        if not end:
            self.radio.freeze()
        self.crew.release(TG)
        if not end:
            self.radio.thaw()

    def other_registers(self) -> None:
        self.crew.reachable = True
        self.crew.send_position(self.radio, 45.7, 126.6, reason=services.POWER_ON)

    def other_leaves(self) -> None:
        self.crew.send_position(self.radio, 45.7, 126.6, reason=services.POWER_OFF)
        self.crew.switch_off()

    def other_texts(self, words: str, number: int) -> None:
        self.crew.reachable = True
        self.crew.send_sds(self.radio, text(words, number, report=1))

    def other_is_at(self, lat: float, lon: float) -> None:
        self.crew.send_position(self.radio, lat, lon, error_class=1, kmh=9, heading=90.0)

    def other_pretends(self, words: str) -> None:
        """The network names who sends: what says no name is nobody's."""
        sent = text(words, 1, report=1)
        self.radio.unsolicited(f"+CTSDSR: 12,{ISSI},{sent.bits}\r\n{sent.digits()}")

    def texts_at_other(self) -> Sequence[tuple[int, str]]:
        return [(one.reference or 0, one.text) for one in self.crew.heard if one.text is not None]

    def reports_at_other(self) -> Sequence[int]:
        return [one.reference or 0 for one in self.crew.heard if one.reported == 0]

    def other_acknowledges(self, number: int) -> None:
        (heard,) = [one for one in self.crew.heard if one.text is not None and one.reference == number]
        self.crew.report(heard, 0)

    def voice_at_other(self) -> int:
        """The interface has no sound; but nobody of ours may have keyed the radio."""
        return sum(words.startswith(("ATD", "AT+CTXD")) for words in self.radio.commands)

    def kill_network(self) -> None:
        self.radio.unplug()

    async def start_network(self) -> None:
        self.radio.plug()

    def freeze_network(self) -> None:
        self.radio.freeze()

    def thaw_network(self) -> None:
        self.radio.thaw()

    def garbage(self) -> None:
        dice = random.Random(1)
        for data in (
            b"\x00\xff\r\n", b"+CTSDSR: 12,1,0,2,0,99999\r\n00\r\n", b"+CTXG: ,,,\r\n", b"OK\r\nOK\r\n",
            b"+CTICN: 1,0,0,5,x,1,1,0,1,1,5,y,0\r\n", dice.randbytes(3000) + b"\r\n", b"y" * 9000 + b"\r\n",
        ):  # fmt: skip
            self.radio.garbage(data)

    async def close(self) -> None:
        for talk in self._talks:
            talk.cancel()
        await self.radio.close()
        self.network.close()


def driver_for(device: str) -> TetraPeiDriver:
    settings = TetraPeiSettings.model_validate(
        {"device": device, "talkgroups": [{"tg": TG}, {"tg": OTHER_TG}], "talk_limit_s": 60}
    )
    return TetraPeiDriver(settings, SystemClock(), timing=QUICK)


async def device_of(radio: SimulatedRadio, way: str, folder: Path) -> str:
    if way == "serial":
        return str(radio.open_pty(folder / "radio"))
    return f"tcp://127.0.0.1:{await radio.listen()}"


BY_SERIAL_LINE = pytest.mark.soak(
    rule="the whole conformance suite over a serial line in place of TCP",
    short="tests/radio_bridge/drivers/conformance/test_tetra_pei.py::TestSerialLine",
)


@pytest.fixture(params=["tcp", pytest.param("serial", marks=BY_SERIAL_LINE)])
async def world(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TetraWorld]:
    # A text waits for its report longer than a test should last.
    monkeypatch.setattr(services, "TEXT_AGAIN_S", (2.0, 3.0))
    made = TetraWorld()
    driver = driver_for(await device_of(made.radio, request.param, tmp_path))
    made.control = DataControl(driver)
    await driver.start()
    await made.control.up(20.0)
    yield made
    await driver.stop()
    await made.close()


class TestTetraPei(DataConformance):
    """The suite by TCP; by a serial line in scripts/soak."""


@pytest.mark.parametrize("world", ["serial"], indirect=True)
class TestSerialLine:
    """What the line changes."""

    test_the_link_comes_goes_and_comes_back = DataConformance.test_the_link_comes_goes_and_comes_back
    test_a_text_of_a_radio_is_kept_once_and_then_reported = (
        DataConformance.test_a_text_of_a_radio_is_kept_once_and_then_reported
    )
    test_a_text_to_a_radio_arrives_and_its_report_comes = (
        DataConformance.test_a_text_to_a_radio_arrives_and_its_report_comes
    )
    test_garbage_harms_nothing = DataConformance.test_garbage_harms_nothing


ODD = [
    Quirks(identities="tsi", odd_hex=True, unsolicited_first=True),
    Quirks(identities="extended", prompt=True, reference_at_once=False, lowercase_hex=True),
    Quirks(long_registration=True, numeric_errors=False, echo=False, location=False),
    Quirks(byte_by_byte=True, reports_itself=True, profile_needed=False),
]


@pytest.mark.parametrize("quirks", ODD, ids=["tsi", "extended", "3gpp", "bytes"])
async def test_radios_differ(quirks: Quirks, tmp_path: Path) -> None:
    world = TetraWorld(quirks)
    driver = driver_for(await device_of(world.radio, "tcp", tmp_path))
    control = world.control = DataControl(driver)
    await driver.start()
    try:
        await control.up()
        world.other_is_at(45.7567, 126.6424)
        await control.until(lambda: len(control.kept.places) == 1, "place")
        world.other_texts(WORDS, 5)
        await control.until(lambda: 5 in world.reports_at_other(), "report")
        await control.until(lambda: len(control.kept.texts) == 1, "text")
        assert [one[::2] for one in control.kept.texts] == [(world.other, WORDS)]
        ref = uuid4()
        assert await driver.send_short(world.other, WORDS, ref=ref)
        await control.until(lambda: len(world.texts_at_other()) == 1, "text at the radio")
        world.other_acknowledges(world.texts_at_other()[0][0])
        await control.until(lambda: control.kept.delivered == [(world.other, ref)], "report")
        world.other_talks(0.3)
        await control.until(lambda: len(control.talks(GROUP)) == 2, "a talk")
        assert control.talks(GROUP) == [("began", world.other), ("ended", world.other)]
        world.radio.registration(2)
        await control.until(lambda: driver.health().why == health.NOT_REGISTERED, "out of the network")
        world.radio.registration(1)
        await control.up()
    finally:
        await driver.stop()
        await world.close()


async def test_a_status_is_told_with_its_number_and_zero_is_an_emergency_once(world: TetraWorld) -> None:
    control = world.control
    await control.up()
    world.crew.send_status(world.radio, 32_769)
    await control.until(lambda: len(control.kept.statuses) == 1, "status")
    assert control.kept.statuses[0][::2] == (world.other, 32_769)
    # The radio says it until somebody answers, and by its position, and calls its group.
    world.crew.send_emergency(world.radio)
    world.crew.send_emergency(world.radio)
    world.crew.send_position(world.radio, 45.7, 126.6, reason=2)
    world.crew.send_emergency(TG)
    await control.until(lambda: len(control.kept.places) == 1, "place")
    world.other_talks(0.3, emergency=True)
    await control.until(
        lambda: control.stage(GROUP) is FloorStage.IDLE and bool(control.talks(GROUP)), "a talk"
    )
    world.second.send_emergency(world.radio)
    await control.until(lambda: len(control.kept.alarms) == 2, "another radio's alarm")
    assert [address for address, _ in control.kept.alarms] == [world.other, f"tetra:{SECOND}"]
    assert [code for _, _, code in control.kept.statuses] == [32_769]


async def test_short_data_of_other_services_is_no_status(world: TetraWorld) -> None:
    control = world.control
    await control.up()
    world.crew.send_short(world.radio, 1, 0)
    world.crew.send_short(world.radio, 1, 32_769)
    world.crew.send_sds(world.radio, UserData(12, 16, b"\x00\x00"))
    world.crew.send_status(world.radio, 32_770)
    await control.until(lambda: len(control.kept.statuses) == 1, "status")
    assert [code for _, _, code in control.kept.statuses] == [32_770]
    assert control.kept.alarms == []


async def test_a_long_text_comes_in_parts_and_each_part_is_reported(world: TetraWorld) -> None:
    control = world.control
    await control.up()
    world.crew.reachable = True
    words = "井盖破损，请带警示牌。" * 12
    references = world.crew.send_long_text(world.radio, words, per_part=50, report=1)
    await control.until(lambda: len(control.kept.texts) == 1, "text")
    assert control.kept.texts[0][2] == words
    await control.until(lambda: sorted(world.reports_at_other()) == sorted(references), "reports")


async def test_a_long_text_goes_out_in_parts_and_is_delivered_when_all_have_come(world: TetraWorld) -> None:
    control = world.control
    await control.up()
    world.other_registers()
    await control.until(lambda: control.kept.registered == [world.other], "registration")
    words, ref = "请到经纬街与安发街交口处置井盖破损。" * 10, uuid4()
    assert await control.data_driver.send_short(world.other, words, ref=ref)
    await control.until(lambda: len(world.texts_at_other()) == 3, "three parts")
    parts = sorted((one.part or (0, 0, 0), one) for one in world.crew.heard if one.text is not None)
    assert "".join(one.text or "" for _, one in parts) == words
    for _, one in parts[:-1]:
        world.crew.report(one, 0)
    await asyncio.sleep(0.5)
    assert control.kept.delivered == []
    world.crew.report(parts[-1][1], 2)
    await control.until(lambda: control.kept.displayed == [(world.other, ref)], "read")
    assert control.kept.delivered == [(world.other, ref)]


async def test_a_short_report_counts_as_one(world: TetraWorld) -> None:
    control = world.control
    await control.up()
    world.other_registers()
    await control.until(lambda: control.kept.registered == [world.other], "registration")
    ref = uuid4()
    assert await control.data_driver.send_short(world.other, WORDS, ref=ref)
    await control.until(lambda: len(world.texts_at_other()) == 1, "text at the radio")
    (number, _) = world.texts_at_other()[0]
    world.crew.send_sds(world.radio, short_report(2, number))
    await control.until(lambda: control.kept.delivered == [(world.other, ref)], "received")
    world.crew.send_sds(world.radio, short_report(3, number))
    await control.until(lambda: control.kept.displayed == [(world.other, ref)], "read")
    assert control.kept.statuses == []


async def test_a_text_that_the_radio_refuses_has_failed(world: TetraWorld) -> None:
    control = world.control
    await control.up()
    world.other_registers()
    await control.until(lambda: control.kept.registered == [world.other], "registration")
    refs = [uuid4(), uuid4()]
    assert await control.data_driver.send_short(world.other, "no room", ref=refs[0])
    await control.until(lambda: len(world.texts_at_other()) == 1, "text at the radio")
    world.crew.report(world.crew.heard[-1], 0x47)
    await control.until(lambda: len(control.kept.failed) == 1, "failure")
    # It is switched off without a word: the network knows first.
    world.crew.reachable = False
    assert await control.data_driver.send_short(world.other, "gone", ref=refs[1]), "nobody knows yet"
    await control.until(lambda: len(control.kept.failed) == 2, "second failure")
    assert [(address, ref) for address, ref, _ in control.kept.failed] == [(world.other, ref) for ref in refs]
    assert world.other not in control.nodes


async def test_who_was_not_heard_lately_is_sent_to_all_the_same(world: TetraWorld) -> None:
    control = world.control
    await control.up()
    assert await control.data_driver.send_short(f"tetra:{SECOND}", WORDS, ref=uuid4())
    assert [one.text for one in world.second.heard] == [WORDS]


async def test_who_interrupts_and_who_talks_next_are_told(world: TetraWorld) -> None:
    control = world.control
    await control.up()
    world.other_talks(5.0)
    await control.until(lambda: control.talker(GROUP) == world.other, "talker")
    world.network.interrupt(TG, by=world.second)
    await control.until(lambda: control.talker(GROUP) == f"tetra:{SECOND}", "the next talker")
    world.network.end_call(TG)
    await control.until(lambda: control.stage(GROUP) is FloorStage.IDLE, "end of the talk")
    assert [who for _, who in control.talks(GROUP)] == [world.other, world.other] + [f"tetra:{SECOND}"] * 2


async def test_the_button_of_our_own_radio_is_a_talk_like_any_other(world: TetraWorld) -> None:
    control = world.control
    await control.up()
    world.radio.press()
    await control.until(lambda: control.talker(GROUP) == f"tetra:{ISSI}", "our own radio")
    world.radio.release()
    await control.until(lambda: control.stage(GROUP) is FloorStage.IDLE, "end of the talk")
    assert f"tetra:{ISSI}" not in control.nodes


async def test_a_radio_that_was_off_is_set_up_anew_although_its_line_stayed(world: TetraWorld) -> None:
    control = world.control
    await control.up()
    await world.radio.restart(link_stays=True)
    await control.until(lambda: world.radio.commands.count("ATE0") == 2, "set up anew", 15.0)
    await control.up()
    world.other_texts("there again", 12)
    await control.until(lambda: len(control.kept.texts) == 1, "text")


async def test_a_radio_that_is_turned_to_another_talkgroup_is_told(world: TetraWorld) -> None:
    control = world.control
    await control.up()
    assert world.radio.selected == TG
    world.radio.turn_knob(OTHER_TG)
    await control.until(lambda: control.driver.health().why == health.TURNED, "turned")
    world.radio.turn_knob(TG)
    await control.up()
