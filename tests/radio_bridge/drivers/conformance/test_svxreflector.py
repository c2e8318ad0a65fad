"""The svxreflector driver against the reflector and the radio of Debian: the suite, and what is its own."""

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
from radio_bridge.drivers.svxreflector.messages import AuthOk, Datagram, UdpAudio
from radio_bridge.drivers.svxreflector.settings import SvxReflectorSettings, SvxTalkgroup
from radio_bridge.drivers.svxreflector.timing import Timing
from radio_bridge.floor.model import Cause, Stage
from radio_bridge.floor.signals import NetworkTaken
from tests.peers.audio import Samples, tone_seconds
from tests.peers.svxlink import SvxLinkPeer
from tests.peers.svxreflector import SvxReflectorPeer
from tests.peers.tcp_udp_proxy import TcpUdpProxy
from tests.radio_bridge.drivers.conformance.control import Control
from tests.radio_bridge.drivers.conformance.suite import OURS_HZ, THEIRS_HZ, VoiceConformance, World

pytestmark = pytest.mark.real

TG, SECOND_TG, CLOSED_TG = 4011, 4012, 4099
GROUP, SECOND, CLOSED = f"svx:{TG}", f"svx:{SECOND_TG}", f"svx:{CLOSED_TG}"
OURS = {TG: "SONGHUA-1", SECOND_TG: "SONGHUA-2", CLOSED_TG: "SONGHUA-3"}
CALLSIGNS = [*OURS.values(), "CREW-A", "CREW-B"]
# The protocol's own times are longer than a test should last.
QUICK = Timing(
    udp_ping=1.0, udp_silent=3.0, tcp_silent=12.0, retry_first=0.2, retry_most=1.0, retry_denied=2.0
)


class SvxWorld(World):
    """Our driver behind a proxy, and `CREW-A` on the same talkgroup."""

    group = GROUP
    other = "svx:CREW-A"

    def __init__(self, reflector: SvxReflectorPeer, radio: SvxLinkPeer, proxy: TcpUdpProxy) -> None:
        self.reflector = reflector
        self.radio = radio
        self.proxy = proxy

    def join(self, *tgs: int, password: str | None = None, timing: Timing = QUICK) -> SvxReflectorDriver:
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
        for data in (b"", b"\x00", b"\xff" * 2000, encode_datagram(Datagram(1, 1, UdpAudio(b"x" * 1000)))):
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


@pytest.fixture(scope="module", params=["S16", "OPUS"])
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


class TestSvxReflector(VoiceConformance):
    """The suite, once with each codec."""


async def test_a_wrong_password_is_told_and_nothing_is_keyed(bare: SvxWorld) -> None:
    driver = bare.join(TG, password="wrong")
    control = Control(driver)
    await driver.start()
    try:
        await control.until(lambda: "denies access" in driver.health().why, "denial")
        request_id = control.press(GROUP)
        await control.until(lambda: control.end_of(request_id) is not None, "answer")
        assert control.end_of(request_id) is Cause.NETWORK_AWAY
    finally:
        await driver.stop()


async def test_a_forbidden_talkgroup_is_never_granted_and_the_dispatcher_is_told_why(bare: SvxWorld) -> None:
    driver = bare.join(CLOSED_TG)
    control = Control(driver)
    await driver.start()
    try:
        # The reflector does not say so before we ask.
        await control.up()
        request_id = control.press(CLOSED)
        await control.until(lambda: control.end_of(request_id) is not None, "answer")
        assert control.end_of(request_id) is Cause.NETWORK_DENIED
        assert not control.granted(request_id)
        assert driver.health().state == "degraded"
        assert "ALLOW" in driver.health().why
        assert f"Not allowed to use TG #{CLOSED_TG}" in bare.reflector.log
    finally:
        await driver.stop()


async def test_a_callsign_that_is_there_already_is_denied_until_the_other_one_goes(bare: SvxWorld) -> None:
    first, second = bare.join(TG), bare.join(TG)
    one, two = Control(first), Control(second)
    await first.start()
    await one.up()
    await second.start()
    try:
        await two.until(lambda: "denies access" in second.health().why, "denial")
        await first.stop()
        await two.up()
    finally:
        await first.stop()
        await second.stop()


async def test_udp_that_is_blocked_from_the_beginning_is_no_link(bare: SvxWorld) -> None:
    bare.proxy.udp_back = False
    driver = bare.join(TG)
    control = Control(driver)
    await driver.start()
    try:
        await control.until(lambda: "firewall" in driver.health().why, "reason", 10.0)
        bare.proxy.udp_back = True
        await control.up(20.0)
    finally:
        await driver.stop()


async def test_udp_that_is_blocked_in_mid_talk_ends_the_talk_and_the_link_comes_back(world: SvxWorld) -> None:
    control = world.control
    request_id = await control.talk(GROUP, OURS_HZ, 0.5)
    world.proxy.udp_there = False
    # The reflector hears nothing of us and says so by its other way, after four seconds.
    for _ in range(40):
        if control.end_of(request_id) is not None:
            break
        await control.say(GROUP, OURS_HZ, 0.2)
    assert control.end_of(request_id) in {Cause.NETWORK_TOOK_IT, Cause.NETWORK_AWAY}
    assert not world.keyed()
    world.proxy.udp_there = True
    await control.up(20.0)
    request_id = await control.talk(GROUP, OURS_HZ, 0.3)
    control.let_go(GROUP, request_id)


async def test_a_half_open_connection_is_found_and_opened_anew(world: SvxWorld) -> None:
    control = world.control
    request_id = await control.talk(GROUP, OURS_HZ, 0.3)
    world.proxy.dead = True
    await control.until(lambda: control.driver.health().state == "degraded", "degraded", 30.0)
    assert control.end_of(request_id) is not None
    world.proxy.dead = False
    # The reflector keeps the dead connection for 15 s, and our callsign with it.
    await control.up(60.0)
    await control.until(lambda: not world.keyed(), "end of our talk", 5.0)
    request_id = await control.talk(GROUP, OURS_HZ, 0.3)
    control.let_go(GROUP, request_id)


async def test_lost_datagrams_cost_their_own_sound_alone(world: SvxWorld) -> None:
    control = world.control
    world.listen_anew()
    request_id = await control.talk(GROUP, OURS_HZ, 0.5)
    world.proxy.udp_there = False
    await control.say(GROUP, OURS_HZ, 0.3)
    world.proxy.udp_there = True
    await control.say(GROUP, OURS_HZ, 1.0)
    assert world.keyed()
    world.proxy.udp_there = False
    control.let_go(GROUP, request_id)
    await asyncio.sleep(0.3)
    assert world.keyed(), "the end of the talk got through a blocked way"
    world.proxy.udp_there = True
    await control.until(lambda: not world.keyed(), "end of our talk", 1.0)
    assert control.driver.health().state == "up"
    await asyncio.sleep(0.5)
    assert 1.0 <= tone_seconds(world.heard_by_other(), OURS_HZ) <= 1.8


async def test_a_talker_who_began_before_we_came_is_not_talked_over(bare: SvxWorld) -> None:
    driver = bare.join(TG)
    control = Control(driver)
    # Once without us, so that the radio is on its talkgroup and sends from its first word on.
    bare.radio.say(THEIRS_HZ, 5.0)
    await asyncio.sleep(1.0)
    await driver.start()
    try:
        await control.until(lambda: control.talker(GROUP) == "svx:unknown", "nameless talker")
        request_id = control.press(GROUP)
        await control.until(lambda: control.end_of(request_id) is not None, "answer")
        assert control.end_of(request_id) is Cause.NETWORK_BUSY
        await control.until(lambda: control.stage(GROUP) is Stage.IDLE, "end of the talk", 10.0)
        assert control.talks(GROUP) == [("began", "svx:unknown"), ("ended", "svx:unknown")]
    finally:
        await driver.stop()


async def test_several_talkgroups_each_have_their_own_talk(bare: SvxWorld, tmp_path: Path) -> None:
    second = bare.radio_at(tmp_path / "second", "CREW-B", SECOND_TG)
    second.start()
    driver = bare.join(TG, SECOND_TG)
    control = Control(driver)
    await driver.start()
    try:
        await control.up(30.0)
        await control.until(lambda: {"svx:CREW-A", "svx:CREW-B"} == control.nodes, "both radios", 20.0)
        bare.listen_anew()
        second.listen_anew()
        first_id, second_id = await asyncio.gather(
            control.talk(GROUP, OURS_HZ, 1.5), control.talk(SECOND, 2 * OURS_HZ, 1.5)
        )
        control.let_go(GROUP, first_id)
        control.let_go(SECOND, second_id)
        await asyncio.sleep(0.5)
        for heard, own, others in (
            (bare.heard_by_other(), OURS_HZ, 2 * OURS_HZ),
            (second.transmitted(), 2 * OURS_HZ, OURS_HZ),
        ):
            assert tone_seconds(heard, own) >= 1.2
            assert tone_seconds(heard, others) == 0.0
        second.say(THEIRS_HZ, 1.0)
        await control.until(lambda: control.talker(SECOND) == "svx:CREW-B", "talker on the second", 3.0)
        assert control.talker(GROUP) is None
    finally:
        await driver.stop()
        second.close()


async def test_a_radio_that_comes_and_goes_is_told(world: SvxWorld, tmp_path: Path) -> None:
    second = world.radio_at(tmp_path / "second", "CREW-B", TG)
    second.start()
    try:
        await world.control.until(lambda: "svx:CREW-B" in world.control.nodes, "node", 5.0)
    finally:
        second.close()
    await world.control.until(lambda: "svx:CREW-B" not in world.control.nodes, "its end", 5.0)
    assert world.other in world.control.nodes


async def test_who_talks_for_too_long_is_blocked_and_the_dispatcher_is_told(tmp_path: Path) -> None:
    reflector = SvxReflectorPeer(tmp_path / "reflector", callsigns=CALLSIGNS, longest_talk_s=2)
    reflector.start()
    proxy = TcpUdpProxy(reflector.port)
    await proxy.start()
    driver = SvxWorld(reflector, None, proxy).join(TG)  # type: ignore[arg-type]
    control = Control(driver)
    await driver.start()
    try:
        await control.up()
        request_id = control.press(GROUP)
        await control.until(lambda: control.granted(request_id), "grant")
        for _ in range(30):
            if control.end_of(request_id) is None:
                await control.say(GROUP, OURS_HZ, 0.2)
        assert control.end_of(request_id) is Cause.NETWORK_TOOK_IT
        request_id = control.press(GROUP)
        await control.until(lambda: control.end_of(request_id) is not None, "answer")
        assert control.end_of(request_id) is Cause.NETWORK_DENIED
        assert "SQL_TIMEOUT" in driver.health().why
    finally:
        await driver.stop()
        await proxy.close()
        reflector.close()


async def test_a_codec_that_we_do_not_speak_is_named(tmp_path: Path) -> None:
    reflector = SvxReflectorPeer(tmp_path / "reflector", callsigns=CALLSIGNS, codec="GSM")
    reflector.start()
    proxy = TcpUdpProxy(reflector.port)
    await proxy.start()
    driver = SvxWorld(reflector, None, proxy).join(TG)  # type: ignore[arg-type]
    Control(driver)
    await driver.start()
    try:
        await Control(driver).until(lambda: "GSM" in driver.health().why, "reason")
        assert driver.health().state == "degraded"
    finally:
        await driver.stop()
        await proxy.close()
        reflector.close()


async def test_a_talker_who_goes_on_is_told_again(world: SvxWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    from radio_bridge.drivers.svxreflector import line

    monkeypatch.setattr(line, "STILL_TALKS_S", 0.5)
    world.other_says(THEIRS_HZ, 2.0)
    taken = NetworkTaken(world.other)
    await world.control.until(
        lambda: world.control.signals.count((GROUP, taken)) >= 3, "third word of the talker", 5.0
    )
    assert world.control.talks(GROUP) == [("began", world.other)]
