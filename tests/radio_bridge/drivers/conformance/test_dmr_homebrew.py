"""The dmr_homebrew driver: as a master against the repeater of hytera-homebrew-bridge, as a peer against its
own other role. The radio behind is a simulator in both, built of codecs that captured bursts have checked.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.clock import SystemClock
from radio_bridge.codecs import ars, lrrp, tms
from radio_bridge.codecs.dmr.data_header import ResponseHeader
from radio_bridge.codecs.dmrd import DataType
from radio_bridge.drivers.dmr_homebrew import services
from radio_bridge.drivers.dmr_homebrew.driver import DmrHomebrewDriver
from radio_bridge.drivers.dmr_homebrew.settings import DmrHomebrewSettings, DmrRepeater, DmrTalkgroup
from radio_bridge.floor.model import FloorStage
from tests.peers.homebrew import HomebrewStation, Radio, Station
from tests.peers.ports import free_port, release
from tests.radio_bridge.drivers.conformance.data_control import DataControl
from tests.radio_bridge.drivers.conformance.data_suite import WORDS, DataConformance, DataWorld
from tests.radio_bridge.drivers.dmr_homebrew.own_master import OwnMaster

pytestmark = pytest.mark.real

TG, GROUP = 9, "dmr:9"
REPEATER, RADIO, OTHERS, CENTRE = 460_451, 4_604_517, 4_604_599, 4_600_001
PASSWORD = "s3cr37w0rd"
# The repeater pings every five seconds, and waits as long before it tries again.
QUICK_S = 6.0


class HomebrewWorld(DataWorld):
    """What both roles have: the radio, and what it heard."""

    group = GROUP
    other = f"dmr:{RADIO}"
    station: Station

    def __init__(self) -> None:
        self._talks: set[asyncio.Task[None]] = set()
        self._heard: list[tuple[int, object]] = []

    def begin(self) -> None:
        self.radio = Radio(self.station, RADIO, CENTRE)

    def other_talks(self, seconds: float, *, end: bool = True, emergency: bool = False) -> None:
        for running in self._talks:
            running.cancel()
        talk = asyncio.ensure_future(self.radio.talk(TG, seconds, end=end, emergency=emergency))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    def other_registers(self) -> None:
        self.radio.register()

    def other_leaves(self) -> None:
        self.radio.deregister()

    def other_texts(self, words: str, number: int) -> None:
        self.radio.text(words, number)

    def other_is_at(self, lat: float, lon: float) -> None:
        self.radio.is_at(lat, lon)

    def other_pretends(self, words: str) -> None:
        self.radio.text(words, 1, pretending=OTHERS)

    def heard(self) -> list[tuple[int, object]]:
        self._heard += self.radio.heard()
        return self._heard

    def texts_at_other(self) -> Sequence[tuple[int, str]]:
        return [(one.sequence, one.text) for _, one in self.heard() if isinstance(one, tms.TmsText)]

    def reports_at_other(self) -> Sequence[int]:
        return [one.sequence or 0 for _, one in self.heard() if isinstance(one, tms.TmsAck)]

    def other_acknowledges(self, number: int) -> None:
        self.radio.acknowledge(number)

    def voice_at_other(self) -> int:
        return sum(frame.voice is not None for frame in self.station.listen())

    def close(self) -> None:
        for talk in self._talks:
            talk.cancel()


class MasterWorld(HomebrewWorld):
    """We are the master; the network is the repeater's program."""

    station: HomebrewStation

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__()
        self.port = port
        self.station = HomebrewStation(folder, master_port=port, number=REPEATER, password=PASSWORD)

    def settings(self, password: str = PASSWORD) -> DmrHomebrewSettings:
        repeater = DmrRepeater(id=REPEATER, password=SecretStr(password))
        return DmrHomebrewSettings(
            port=self.port, talkgroups=[DmrTalkgroup(tg=TG)], repeaters=[repeater], centre_id=CENTRE
        )

    def kill_network(self) -> None:
        self.station.kill()

    async def start_network(self) -> None:
        await asyncio.to_thread(self.station.start)

    def freeze_network(self) -> None:
        self.station.program.freeze()

    def thaw_network(self) -> None:
        self.station.program.thaw()

    def garbage(self) -> None:
        """By its own hand from anywhere, and by the repeater, which sends only what it takes for bursts."""
        nonsense = (b"", b"DMRD" + bytes(10), b"\xff" * 400, b"RPTC" + bytes(298), b"DMRD" + b"\xff" * 49)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anybody:
            for data in nonsense:
                anybody.sendto(data, ("127.0.0.1", self.port))
        dice = random.Random(1)
        for frame in self.radio.talk_frames(TG + 1, 0.3):
            self.station.say(frame[:20] + dice.randbytes(33) + frame[53:])


class PeerWorld(HomebrewWorld):
    """We are a repeater at a master, which is our own other role."""

    station: OwnMaster

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.station = OwnMaster(port, {REPEATER: PASSWORD})

    def settings(self, password: str = PASSWORD) -> DmrHomebrewSettings:
        return DmrHomebrewSettings(
            role="peer", port=self.port, id=REPEATER, password=SecretStr(password),
            talkgroups=[DmrTalkgroup(tg=TG)], centre_id=CENTRE, options="TS2=9",
        )  # fmt: skip

    def kill_network(self) -> None:
        self.station.kill()

    async def start_network(self) -> None:
        await self.station.start()

    def freeze_network(self) -> None:
        self.station.frozen = True

    def thaw_network(self) -> None:
        self.station.frozen = False

    def garbage(self) -> None:
        for data in (
            b"",
            b"DMRD" + bytes(10),
            b"\xff" * 400,
            b"MSTPONG",
            b"RPTACK" + bytes(4),
            b"DMRD" + b"\xff" * 51,
        ):
            self.station.say_raw(data)


@pytest.fixture(params=["master", "peer"])
async def bare(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MasterWorld | PeerWorld]:
    """The network without a driver of ours."""
    port = free_port()
    world = MasterWorld(tmp_path, port) if request.param == "master" else PeerWorld(port)
    world.begin()
    yield world
    world.close()
    world.station.close()
    release(port)


def driver_for(world: MasterWorld | PeerWorld, password: str = PASSWORD) -> DmrHomebrewDriver:
    return DmrHomebrewDriver(world.settings(password), SystemClock(), rng=random.Random(7), silent_s=QUICK_S)


@pytest.fixture
async def world(
    bare: MasterWorld | PeerWorld, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MasterWorld | PeerWorld]:
    # A text waits for its report longer than a test should last.
    monkeypatch.setattr(services, "TEXT_AGAIN_S", (2.0, 3.0))
    driver = driver_for(bare)
    bare.control = DataControl(driver)
    await driver.start()
    await bare.start_network()
    await bare.control.up(20.0)
    yield bare
    await driver.stop()


class TestDmrHomebrew(DataConformance):
    """The suite, in each role."""


async def test_a_wrong_password_is_told(bare: MasterWorld | PeerWorld) -> None:
    driver = driver_for(bare, "wrong")
    control = DataControl(driver)
    await driver.start()
    await bare.start_network()
    try:
        await control.until(
            lambda: "password" in driver.health().why and "let" in driver.health().why, "denial"
        )
        bare.other_talks(0.5)
        await asyncio.sleep(1.0)
        assert control.talks(GROUP) == []
    finally:
        await driver.stop()


async def test_a_registered_radio_is_answered_and_asked_where_it_is(world: MasterWorld | PeerWorld) -> None:
    world.other_registers()
    await world.control.until(lambda: len(world.heard()) >= 2, "answers", 10.0)
    answer, request = (one for _, one in world.heard()[:2])
    assert answer == ars.ArsResponse(ars.ArsKind.RESPONSE, refresh_s=1800)
    assert isinstance(request, lrrp.Document)
    assert (request.kind, request.interval_s) == (lrrp.LrrpKind.TRIGGERED_REQUEST, 60)


@pytest.mark.parametrize("rate_34", [False, True], ids=["rate 1/2", "rate 3/4"])
async def test_a_confirmed_text_is_answered_on_the_air_and_kept(
    world: MasterWorld | PeerWorld, rate_34: bool
) -> None:
    world.radio.confirmed_text(WORDS, 21, rate_34=rate_34)
    await world.control.until(lambda: len(world.control.kept.texts) == 1, "text", 5.0)
    await world.control.until(lambda: list(world.reports_at_other()) == [21], "report", 5.0)
    (response,) = [one for _, one in world.heard() if isinstance(one, ResponseHeader)]
    assert response.received
    assert response.number == 1
    assert world.control.kept.texts[0][2] == WORDS


async def test_a_talkers_alias_is_read_within_his_voice(world: MasterWorld | PeerWorld) -> None:
    await world.radio.talk(TG, 1.9, alias="巡查一组 BY2A")
    driver = world.control.driver
    assert isinstance(driver, DmrHomebrewDriver)
    await world.control.until(lambda: driver.alias(world.other) == "巡查一组 BY2A", "alias", 2.0)


async def test_another_talkgroup_and_a_private_call_are_not_ours(world: MasterWorld | PeerWorld) -> None:
    await world.radio.talk(TG + 1, 0.4)
    await world.control.until(lambda: world.other in world.control.nodes, "radio")
    assert world.control.talks(GROUP) == []


async def test_a_talk_is_passed_to_the_other_repeaters_and_another_one_meanwhile_is_not(
    tmp_path: Path,
) -> None:
    port, numbers = free_port(), (REPEATER, REPEATER + 1, REPEATER + 2)
    settings = DmrHomebrewSettings(
        port=port,
        talkgroups=[DmrTalkgroup(tg=TG)],
        repeaters=[DmrRepeater(id=number, password=SecretStr(PASSWORD)) for number in numbers],
    )
    driver = DmrHomebrewDriver(settings, SystemClock(), rng=random.Random(7), silent_s=QUICK_S)
    control = DataControl(driver)
    stations = [
        HomebrewStation(tmp_path, master_port=port, number=number, password=PASSWORD) for number in numbers
    ]
    await driver.start()
    try:
        for station in stations:
            await asyncio.to_thread(station.start)
        await control.until(lambda: driver.stations() == frozenset(numbers), "three repeaters", 20.0)
        one, other = (
            Radio(station, number, CENTRE) for station, number in zip(stations, (RADIO, OTHERS), strict=False)
        )

        async def later() -> None:
            await asyncio.sleep(0.3)
            await other.talk(TG, 0.6)

        await asyncio.gather(one.talk(TG, 1.5), later(), one.talk(TG + 1, 0.5))
        await control.until(lambda: control.stage(GROUP) is FloorStage.IDLE, "end of the talk", 5.0)
        assert control.talks(GROUP) == [("began", world_name(RADIO)), ("ended", world_name(RADIO))]
        assert [frame for frame in stations[0].listen() if not frame.private] == []
        for station in stations[1:]:
            heard = station.listen()
            assert {(frame.source, frame.target, frame.repeater) for frame in heard} == {
                (RADIO, TG, station.number)
            }
            # Three headers, 25 bursts of voice, the terminator.
            assert len(heard) == 29
            assert heard[0].data_type is DataType.VOICE_HEADER
            assert heard[-1].data_type is DataType.VOICE_TERMINATOR
    finally:
        await driver.stop()
        for station in stations:
            station.close()
        release(port)


def world_name(radio: int) -> str:
    return f"dmr:{radio}"


async def test_stopping_tells_the_other_side(world: MasterWorld | PeerWorld) -> None:
    await world.control.driver.stop()
    if isinstance(world, MasterWorld):
        await world.control.until(lambda: "Master Closing connection" in world.station.log, "closing", 3.0)
    else:
        await world.control.until(lambda: not world.station.peers, "closing", 3.0)
