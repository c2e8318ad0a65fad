"""The mumble driver against Debian's mumble-server and a user by another client: the suite, and its own."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from core.clock import SystemClock
from core.errors import Unavailable
from field.contract.data import AirPlace
from radio_bridge.drivers.mumble.driver import MumbleDriver
from radio_bridge.drivers.mumble.settings import MumbleSettings, MumbleTalkgroup
from radio_bridge.drivers.mumble.timing import MumbleTiming
from radio_bridge.floor.model import Cause
from tests.peers.audio import Samples, tone_seconds
from tests.peers.mumble import ENTER, SPEAK, MumblePeer, MumbleUser
from tests.peers.tcp_udp_proxy import TcpUdpProxy
from tests.radio_bridge.drivers.conformance.control import Control
from tests.radio_bridge.drivers.conformance.suite import OURS_HZ, THEIRS_HZ, VoiceConformance, VoiceWorld

pytestmark = pytest.mark.real

GROUP = "mumble:1"
CHANNELS = ("Daoli", "Nangang", "Silent", "Closed")
PASSWORD, OWN_PASSWORD = "for everybody", "for the crew alone"
# The protocol's own times are longer than a test should last.
QUICK = MumbleTiming(ping_every=1.0, silent=4.0, retry_first=0.2, retry_most=1.0, retry_denied=1.0)


class MumbleWorld(VoiceWorld):
    """Our driver behind a proxy, and `CREW-A`, whose name is registered, in the same channel."""

    group = GROUP
    other = "mumble:CREW-A"

    def __init__(self, server: MumblePeer, user: MumbleUser, proxy: TcpUdpProxy, sha256: str) -> None:
        self.server = server
        self.user = user
        self.proxy = proxy
        self.sha256 = sha256

    def join(
        self, channel: str = "Daoli", *, password: str = PASSWORD, name: str = "SONGHUA", **changed: object
    ) -> MumbleDriver:
        """A driver on this channel, not started."""
        talkgroup = MumbleTalkgroup(tg=1, channel=channel, name=name, password=SecretStr(password))
        settings = {"port": self.proxy.port, "sha256": self.sha256, "talkgroups": [talkgroup]}
        return MumbleDriver(
            MumbleSettings.model_validate(settings | changed),
            SystemClock(),
            rng=random.Random(7),
            timing=QUICK,
        )

    def other_says(self, frequency: float, seconds: float) -> None:
        self.user.say(frequency, seconds)

    def listen_anew(self) -> None:
        self.user.listen_anew()

    def heard_by_other(self) -> Samples:
        return self.user.transmitted()

    def keyed(self) -> bool:
        return self.user.hears()

    def kill_network(self) -> None:
        self.server.kill()

    def start_network(self) -> None:
        self.server.start()

    def freeze_network(self) -> None:
        self.server.program.freeze()

    def thaw_network(self) -> None:
        self.server.program.thaw()

    async def garbage(self) -> None:
        """Within TLS nobody can say anything; before it, it ends the connection."""
        for data in (b"\x00", b"\xff" * 2000, bytes.fromhex("0015000000020001")):
            self.proxy.say_by_tcp(data)
            await asyncio.sleep(0.5)

    def member(self, folder: Path, name: str, channel: str = "Daoli") -> MumbleUser:
        """Another user, not started."""
        return MumbleUser(folder, port=self.server.port, name=name, password=PASSWORD, channel=channel)


class Kept:
    """Implements `DataSink`; `away` times the database is not there."""

    def __init__(self, away: int = 0) -> None:
        self.texts: list[tuple[str, str]] = []
        self.away = away

    async def text(self, address: str, msg_id: UUID, text: str) -> bool:
        del msg_id
        if self.away:
            self.away -= 1
            raise Unavailable("the database is away")
        self.texts.append((address, text))
        return True

    async def delivered(self, address: str, of: UUID) -> None:
        raise AssertionError

    async def displayed(self, address: str, of: UUID) -> None:
        raise AssertionError

    async def failed(self, address: str, of: UUID, why: str) -> None:
        raise AssertionError

    async def status(self, address: str, msg_id: UUID, code: int) -> None:
        raise AssertionError

    async def registered(self, address: str) -> None:
        raise AssertionError

    async def emergency(self, address: str, alarm_id: UUID, *, talkgroup: str = "") -> None:
        raise AssertionError

    def place(self, address: str, place: AirPlace) -> None:
        raise AssertionError


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MumblePeer, MumbleUser, str]]:
    folder = tmp_path_factory.mktemp("mumble")
    server = MumblePeer(
        folder / "server",
        password=PASSWORD,
        channels=CHANNELS,
        registered={"CREW-A": OWN_PASSWORD},
        denied={"Silent": SPEAK, "Closed": ENTER},
    )
    server.start()
    user = MumbleUser(
        folder / "user", port=server.port, name="CREW-A", password=OWN_PASSWORD, channel="Daoli"
    )
    user.start()
    yield server, user, server.sha256()
    user.close()
    server.close()


@pytest.fixture
async def bare(network: tuple[MumblePeer, MumbleUser, str]) -> AsyncIterator[MumbleWorld]:
    """The server without a driver of ours."""
    server, user, sha256 = network
    if not server.program.running:
        server.start()
    while user.speaking:
        await asyncio.sleep(0.1)
    # Its talks end by themselves: this client does not say so.
    await asyncio.sleep(0.6)
    proxy = TcpUdpProxy(server.port)
    await proxy.start()
    yield MumbleWorld(server, user, proxy, sha256)
    await proxy.close()


@pytest.fixture
async def world(bare: MumbleWorld) -> AsyncIterator[MumbleWorld]:
    driver = bare.join()
    bare.control = Control(driver)
    await driver.start()
    await bare.control.up()
    await bare.other_is_back()
    yield bare
    await driver.stop()


class TestMumble(VoiceConformance):
    """The suite."""


async def why_not_up(driver: MumbleDriver, part: str) -> Control:
    """Wait until it says so, and see that nobody is granted anything."""
    control = Control(driver)
    await driver.start()
    await control.until(lambda: part in driver.health().why, part)
    request_id = control.press(GROUP)
    await control.until(lambda: control.end_of(request_id) is not None, "answer")
    assert control.end_of(request_id) is Cause.NETWORK_AWAY
    return control


async def test_a_wrong_password_is_told(bare: MumbleWorld) -> None:
    driver = bare.join(password="wrong")
    await why_not_up(driver, "compare name and password")
    await driver.stop()


async def test_a_registered_name_is_not_ours_without_its_password(bare: MumbleWorld) -> None:
    driver = bare.join(name="CREW-A")
    await why_not_up(driver, "compare name and password")
    await driver.stop()


async def test_another_certificate_gets_no_password(bare: MumbleWorld) -> None:
    driver = bare.join(sha256="00" * 32)
    await why_not_up(driver, bare.sha256)
    await driver.stop()
    # Without a fingerprint it must be signed by somebody whom this machine trusts.
    driver = bare.join(sha256="")
    await why_not_up(driver, "not trusted")
    await driver.stop()


async def test_a_channel_that_is_not_there_or_closed_is_told(bare: MumbleWorld) -> None:
    driver = bare.join("Daoli/Nowhere")
    await why_not_up(driver, "no such channel")
    await driver.stop()
    driver = bare.join("Closed")
    await why_not_up(driver, "may not enter")
    await driver.stop()


async def test_where_we_may_not_speak_we_hear_and_are_denied(bare: MumbleWorld) -> None:
    driver = bare.join("Silent")
    control = Control(driver)
    await driver.start()
    try:
        await control.until(lambda: "hear and not talk" in driver.health().why, "trouble")
        request_id = control.press(GROUP)
        await control.until(lambda: control.end_of(request_id) is not None, "answer")
        assert control.end_of(request_id) is Cause.NETWORK_DENIED
        assert driver.links()[0].up
    finally:
        await driver.stop()


async def test_an_operator_who_mutes_us_ends_our_talk(world: MumbleWorld, tmp_path: Path) -> None:
    control = world.control
    operator = world.member(tmp_path, "SuperUser")
    operator.start()
    try:
        request_id = await control.talk(GROUP, OURS_HZ, 0.3)
        operator.order("mute", name="SONGHUA")
        await control.until(lambda: control.end_of(request_id) is not None, "end of our talk", 3.0)
        assert control.end_of(request_id) is Cause.NETWORK_TOOK_IT
        assert "muted" in control.driver.health().why
        operator.order("unmute", name="SONGHUA")
        await control.up(3.0)
        request_id = await control.talk(GROUP, OURS_HZ, 0.3)
        control.let_go(GROUP, request_id)
        operator.order("kick", name="SONGHUA")
        await control.until(lambda: control.driver.health().state == "degraded", "degraded", 3.0)
        assert "put us out" in control.driver.health().why
        await control.up(10.0)
    finally:
        operator.close()


async def test_a_half_open_connection_is_found_and_opened_anew(world: MumbleWorld) -> None:
    control = world.control
    request_id = await control.talk(GROUP, OURS_HZ, 0.3)
    world.proxy.dead = True
    await control.until(lambda: control.driver.health().state == "degraded", "degraded", 15.0)
    assert control.end_of(request_id) is not None
    world.proxy.dead = False
    await control.up(15.0)
    world.listen_anew()
    request_id = await control.talk(GROUP, OURS_HZ, 1.0)
    control.let_go(GROUP, request_id)
    await asyncio.sleep(0.5)
    assert tone_seconds(world.heard_by_other(), OURS_HZ) >= 0.6


async def test_a_name_that_anybody_can_take_is_nobodys(world: MumbleWorld, tmp_path: Path) -> None:
    guest = world.member(tmp_path, "CREW-B")
    guest.start()
    control = world.control
    try:
        await control.until(lambda: "mumble:guest.CREW-B" in control.nodes, "guest", 5.0)
        guest.say(THEIRS_HZ, 0.5)
        await control.until(lambda: control.talker(GROUP) == "mumble:guest.CREW-B", "talker", 3.0)
    finally:
        guest.close()
    await control.until(lambda: control.nodes == frozenset({world.other}), "its end", 5.0)


async def test_two_who_talk_at_once_are_heard_one_after_the_other(world: MumbleWorld, tmp_path: Path) -> None:
    guest = world.member(tmp_path, "CREW-B")
    guest.start()
    control = world.control
    try:
        guest.say(2 * OURS_HZ, 1.0)
        await control.until(lambda: control.talker(GROUP) == "mumble:guest.CREW-B", "first", 3.0)
        world.other_says(THEIRS_HZ, 3.0)
        await control.until(lambda: control.talker(GROUP) == world.other, "second", 4.0)
        heard = control.heard_on[GROUP]
        by_second = [party for party, _, _ in heard.frames if party == world.other]
        assert len(by_second) <= 5, "the second one was heard before the first one had ended"
        assert tone_seconds(heard.samples(), 2 * OURS_HZ) >= 0.7
    finally:
        guest.close()


async def test_who_is_in_another_channel_hears_nothing(world: MumbleWorld, tmp_path: Path) -> None:
    away = world.member(tmp_path, "CREW-C", "Nangang")
    away.start()
    try:
        request_id = await world.control.talk(GROUP, OURS_HZ, 0.6)
        world.control.let_go(GROUP, request_id)
        await asyncio.sleep(0.3)
        assert len(away.transmitted()) == 0
        away.say(THEIRS_HZ, 0.5)
        await asyncio.sleep(0.8)
        assert world.control.talker(GROUP) is None
        assert world.control.heard_on[GROUP].frames == []
    finally:
        away.close()


async def test_texts_go_both_ways(bare: MumbleWorld) -> None:
    driver = bare.join()
    kept = Kept(away=1)
    control = bare.control = Control(driver)
    driver.attach_data(kept)
    with pytest.raises(Unavailable):
        await driver.send_short(bare.other, "too early", ref=uuid4())
    await driver.start()
    try:
        await control.up()
        await bare.other_is_back()
        assert await driver.send_short(bare.other, "到位 <b>5</b> & go", ref=uuid4())
        assert not await driver.send_short("mumble:CREW-Z", "nobody", ref=uuid4())
        await control.until(lambda: bool(bare.user.texts()), "text", 3.0)
        assert bare.user.texts()[-1] == {"from": "SONGHUA", "text": "到位 &lt;b&gt;5&lt;/b&gt; &amp; go"}
        bare.user.order("text", to="SONGHUA", words="<p>已到 <i>现场</i> &lt;1&gt;</p>")
        bare.user.order("text-channel", words="to all")
        await control.until(lambda: len(kept.texts) == 2, "both texts", 5.0)
        assert kept.texts == [(bare.other, "已到 现场 <1>"), (bare.other, "to all")]
    finally:
        await driver.stop()


async def test_our_words_are_heard_at_once(world: MumbleWorld) -> None:
    world.listen_anew()
    control = world.control
    request_id = control.press(GROUP)
    await control.until(lambda: control.granted(request_id), "grant", 1.0)
    began = time.monotonic()
    await control.say(GROUP, OURS_HZ, 0.2)
    await control.until(lambda: tone_seconds(world.heard_by_other(), OURS_HZ) > 0, "our tone", 1.0)
    assert time.monotonic() - began < 0.6
    control.let_go(GROUP, request_id)
