"""The sip_radio driver against a real switch and baresip behind it: the suite, and what is its own."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.clock import SystemClock
from gateway.ami.client import AmiClient
from gateway.ami.settings import AmiSettings
from gateway.asterisk.settings import RadioGateway
from gateway.bus import LocalBus
from gateway.wiring.radio_calls import AmiRadioCalls
from radio_bridge.drivers.sip_radio.driver import SipRadioDriver
from radio_bridge.drivers.sip_radio.line import SipRadioTiming
from radio_bridge.drivers.sip_radio.settings import SipRadioSettings, SipTalkgroup
from radio_bridge.switch.radio_calls.service import RadioCalls
from tests.peers.asterisk import AsteriskPeer, private_settings
from tests.peers.audio import Samples, tone_seconds
from tests.peers.sip_radio import BaresipRadio
from tests.radio_bridge.drivers.conformance.control import Control
from tests.radio_bridge.drivers.conformance.suite import OURS_HZ, VoiceConformance, VoiceWorld

pytestmark = pytest.mark.real

GROUP, ENDPOINT, BY_TCP, USER = "sip:north", "radio-north", "radio-by-tcp", "4011"
QUICK = SipRadioTiming(answer=6.0, retry_first=0.3, retry_most=1.0)


class SipWorld(VoiceWorld):
    """The driver, a switch that calls for it, and a radio system that answers."""

    group = GROUP
    other = GROUP
    """A call says nothing about who talks behind it."""

    def __init__(self, switch: AsteriskPeer, radio: BaresipRadio) -> None:
        self.switch = switch
        self.radio = radio

    def other_says(self, frequency: float, seconds: float) -> None:
        self.radio.other_says(frequency, seconds)

    def listen_anew(self) -> None:
        self.radio.listen_anew()

    def heard_by_other(self) -> Samples:
        return self.radio.transmitted()

    def keyed(self) -> bool:
        return self.radio.keyed()

    def kill_network(self) -> None:
        self.radio.kill()

    def start_network(self) -> None:
        self.radio.start()

    def freeze_network(self) -> None:
        self.radio.program.freeze()

    def thaw_network(self) -> None:
        self.radio.program.thaw()

    async def garbage(self) -> None:
        address = self.driver._at
        for data in (b"\x00", b"\xff" * 2000, b"\x01\x00\x10" + bytes(16), b"\x10\x01\x40" + bytes(10)):
            _, writer = await asyncio.open_connection(*address)
            writer.write(data)
            await asyncio.sleep(0.05)
            writer.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as by_udp:
            for port in (
                self.switch.ports.sip,
                *range(self.switch.ports.rtp_first, self.switch.ports.rtp_last),
            ):
                by_udp.sendto(b"\xff" * 200, ("127.0.0.1", port))

    async def other_is_back(self) -> None:
        """A call of before its restart may still count as one here: until it is in a call itself."""
        await self.control.until(self.radio.in_call, "call at the radio system", 20.0)
        await self.control.up()

    driver: SipRadioDriver


def connected_by_tcp(port: int) -> bool:
    """Whether somebody on this machine has a connection to this port."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[2].endswith(f":{port:04X}") and row[3] == "01" for row in rows)


@contextlib.asynccontextmanager
async def called(switch: AsteriskPeer, radio: BaresipRadio, endpoint: str) -> AsyncIterator[SipWorld]:
    """The driver, with what calls for it; the call stands."""
    if not radio.program.running:
        radio.start()
    radio.falls_silent()
    made = SipWorld(switch, radio)
    bus = LocalBus()
    account = switch.settings.ami
    client = AmiClient(AmiSettings(port=switch.ports.ami, username=account.name, secret=account.secret))
    RadioCalls(bus, AmiRadioCalls(client), SystemClock())
    settings = SipRadioSettings(talkgroups=[SipTalkgroup(tg="north", endpoint=endpoint, user=USER)])
    made.driver = SipRadioDriver(settings, bus, SystemClock(), rng=random.Random(7), timing=QUICK)
    made.control = Control(made.driver)
    await bus.start()
    link = asyncio.create_task(client.run())
    await asyncio.wait_for(client.ready(), 10)
    await made.driver.start()
    await made.control.up(20.0)
    yield made
    await made.driver.stop()
    link.cancel()
    await asyncio.gather(link, return_exceptions=True)
    await bus.stop()
    await asyncio.to_thread(switch.wait_idle)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AsteriskPeer, BaresipRadio]]:
    folder = tmp_path_factory.mktemp("sip-radio")
    radio = BaresipRadio(folder / "radio", user=USER)
    radios = (
        RadioGateway(name=ENDPOINT, host="127.0.0.1", port=radio.port),
        RadioGateway(name=BY_TCP, host="127.0.0.1", port=radio.port, transport="tcp"),
    )
    settings = private_settings(folder / "asterisk", rtp_ports=40).model_copy(
        update={"radios": radios, "trunks": ()}
    )
    switch = AsteriskPeer(settings)
    radio.start()
    switch.start()
    yield switch, radio
    switch.close()
    radio.close()


@pytest.fixture
async def world(network: tuple[AsteriskPeer, BaresipRadio]) -> AsyncIterator[SipWorld]:
    async with called(*network, ENDPOINT) as made:
        yield made


class TestSipRadio(VoiceConformance):
    """The suite."""


async def test_what_comes_back_of_our_own_talk_is_nobodys_talk(world: SipWorld) -> None:
    control = world.control
    request_id = control.press(GROUP)
    await control.until(lambda: control.granted(request_id), "grant")
    world.other_says(OURS_HZ, 1.0)
    await control.say(GROUP, OURS_HZ, 1.2)
    control.let_go(GROUP, request_id)
    await asyncio.sleep(0.5)
    assert control.talks(GROUP)[-2:] == [("began", "app:17"), ("ended", "app:17")]
    assert control.end_of(request_id) is not None
    assert not control.heard_on[GROUP].frames


async def test_a_bridging_system_is_called_by_tcp(network: tuple[AsteriskPeer, BaresipRadio]) -> None:
    async with called(*network, BY_TCP) as world:
        assert connected_by_tcp(world.radio.port)
        world.listen_anew()
        request_id = await world.control.talk(GROUP, OURS_HZ, 1.0)
        world.control.let_go(GROUP, request_id)
        await asyncio.sleep(0.5)
        assert tone_seconds(world.heard_by_other(), OURS_HZ) >= 0.6


def test_who_calls_in_the_radio_systems_name_is_let_in_nowhere(
    network: tuple[AsteriskPeer, BaresipRadio],
) -> None:
    switch, _ = network
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(3)
        here = f"127.0.0.1:{phone.getsockname()[1]}"
        lines = [
            "INVITE sip:12345@127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK1",
            "Max-Forwards: 70",
            f"From: <sip:{ENDPOINT}@127.0.0.1>;tag=1",
            "To: <sip:12345@127.0.0.1>",
            f"Call-ID: 1@{here}",
            "CSeq: 1 INVITE",
            f"Contact: <sip:{ENDPOINT}@{here}>",
            "Content-Length: 0",
        ]
        phone.sendto("\r\n".join([*lines, "", ""]).encode(), ("127.0.0.1", switch.ports.sip))
        assert phone.recv(4096).startswith(b"SIP/2.0 401")
