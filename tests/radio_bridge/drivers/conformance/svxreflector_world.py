"""The reflector and the radio of Debian around the svxreflector driver, and fixtures of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.clock import SystemClock
from radio_bridge.drivers.svxreflector.codec import encode_datagram, encode_frame
from radio_bridge.drivers.svxreflector.driver import SvxReflectorDriver
from radio_bridge.drivers.svxreflector.messages import AuthOk, UdpAudio, UdpHeader
from radio_bridge.drivers.svxreflector.settings import SvxReflectorSettings, SvxTalkgroup
from radio_bridge.drivers.svxreflector.timing import SvxReflectorTiming
from tests.peers.audio import Samples
from tests.peers.svxlink import SvxLinkPeer
from tests.peers.svxreflector import SvxReflectorPeer
from tests.peers.tcp_udp_proxy import TcpUdpProxy
from tests.radio_bridge.drivers.conformance.control import Control
from tests.radio_bridge.drivers.conformance.suite import VoiceWorld

TG, SECOND_TG, CLOSED_TG = 4011, 4012, 4099
GROUP, SECOND, CLOSED = f"svx:{TG}", f"svx:{SECOND_TG}", f"svx:{CLOSED_TG}"
OURS = {TG: "SONGHUA-1", SECOND_TG: "SONGHUA-2", CLOSED_TG: "SONGHUA-3"}
CALLSIGNS = [*OURS.values(), "CREW-A", "CREW-B"]
# The protocol's own times are longer than a test should last.
QUICK = SvxReflectorTiming(
    udp_ping=1.0, udp_silent=3.0, tcp_silent=12.0, retry_first=0.2, retry_most=1.0, retry_denied=2.0
)


class SvxWorld(VoiceWorld):
    """Our driver behind a proxy, and `CREW-A` on the same talkgroup."""

    group = GROUP
    other = "svx:CREW-A"

    def __init__(self, reflector: SvxReflectorPeer, radio: SvxLinkPeer, proxy: TcpUdpProxy) -> None:
        self.reflector = reflector
        self.radio = radio
        self.proxy = proxy

    def join(
        self, *tgs: int, password: str | None = None, timing: SvxReflectorTiming = QUICK
    ) -> SvxReflectorDriver:
        """A driver on these talkgroups, not started."""
        secret = SecretStr(self.reflector.password if password is None else password)
        settings = SvxReflectorSettings(
            port=self.proxy.port,
            talkgroups=[SvxTalkgroup(tg=tg, callsign=OURS[tg], password=secret) for tg in tgs],
        )
        return SvxReflectorDriver(settings, SystemClock(), rng=random.Random(7), timing=timing)

    def other_says(self, frequency: float, seconds: float) -> None:
        self.radio.say(frequency, seconds)

    def listen_anew(self) -> None:
        self.radio.listen_anew()

    def heard_by_other(self) -> Samples:
        return self.radio.transmitted()

    def keyed(self) -> bool:
        nodes = self.reflector.nodes()
        return any(nodes.get(callsign, {}).get("isTalker", False) for callsign in OURS.values())

    def kill_network(self) -> None:
        self.reflector.kill()

    def start_network(self) -> None:
        self.reflector.start()

    def freeze_network(self) -> None:
        self.reflector.program.freeze()

    def thaw_network(self) -> None:
        self.reflector.program.thaw()

    async def garbage(self) -> None:
        for data in (b"", b"\x00", b"\xff" * 2000, encode_datagram(UdpHeader(1, 1, UdpAudio(b"x" * 1000)))):
            self.proxy.say_by_udp(data)
        for data in (b"\xff" * 64, encode_frame(AuthOk()), bytes.fromhex("00000003006800")):
            self.proxy.say_by_tcp(data)
            await asyncio.sleep(0.5)

    def radio_at(self, folder: Path, callsign: str, tg: int) -> SvxLinkPeer:
        """Another radio, not started."""
        return SvxLinkPeer(
            folder,
            callsign=callsign,
            password=self.reflector.password,
            reflector_port=self.reflector.port,
            tg=tg,
        )


WITH_OPUS = pytest.mark.soak(
    rule="the whole conformance suite with Opus in place of plain sound",
    short=[
        "tests/radio_bridge/drivers/conformance/suite.py::test_our_tone_is_heard_at_the_other_radio",
        "tests/radio_bridge/drivers/conformance/suite.py::test_the_other_radios_tone_comes_to_us_with_its_name",
    ],
)


@pytest.fixture(scope="module", params=["S16", pytest.param("OPUS", marks=WITH_OPUS)])
def network(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SvxReflectorPeer, SvxLinkPeer]]:
    folder = tmp_path_factory.mktemp("svx")
    reflector = SvxReflectorPeer(
        folder / "reflector", callsigns=CALLSIGNS, codec=request.param, allowed={CLOSED_TG: "CREW-.*"}
    )
    reflector.start()
    radio = SvxLinkPeer(
        folder / "radio",
        callsign="CREW-A",
        password=reflector.password,
        reflector_port=reflector.port,
        tg=TG,
    )
    radio.start()
    yield reflector, radio
    radio.close()
    reflector.close()


@pytest.fixture
async def bare(network: tuple[SvxReflectorPeer, SvxLinkPeer]) -> AsyncIterator[SvxWorld]:
    """The network without a driver of ours."""
    reflector, radio = network
    if not reflector.program.running:
        reflector.start()
    while radio.talks:
        await asyncio.sleep(0.1)
    proxy = TcpUdpProxy(reflector.port)
    await proxy.start()
    yield SvxWorld(reflector, radio, proxy)
    await proxy.close()


@pytest.fixture
async def world(bare: SvxWorld) -> AsyncIterator[SvxWorld]:
    driver = bare.join(TG)
    bare.control = Control(driver)
    await driver.start()
    await bare.control.up(30.0)
    await bare.other_is_back()
    yield bare
    await driver.stop()
