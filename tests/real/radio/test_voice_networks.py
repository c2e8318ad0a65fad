"""The whole way of sound to networks that nobody arbitrates: button and microphone of a page over a real
broker, the switch and the role `radio` to the network's radio, heard there as a tone; and back.

The networks are a simulated USRP gateway, a real Mumble server, and a radio system that is a SIP user.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest
import pytest_asyncio

from gateway.asterisk.settings import RadioGateway
from tests.console.hand import held
from tests.peers.audio import Samples, tone_seconds
from tests.peers.mumble import MumblePeer, MumbleUser
from tests.peers.running import running
from tests.peers.simulated_usrp import SimulatedUsrpRadio
from tests.peers.sip_radio import BaresipRadio
from tests.real.radio.crew_pages import AIR, Browsers, Crew, crew, tick
from tests.real.radio.stage import CREW, GROUP, OTHER, WANG, TalkgroupStage, get, post
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

USRP_GROUP, MUMBLE_GROUP, SIP_GROUP = "usrp:1", "mumble:1", "sip:north"
ENDPOINT, USER = "radio-north", "4011"
CHANNEL, APP, PASSWORD = "Daoli", "CREW-A", "for the crew alone"
NOTHING = 0.3
"""Seconds of a tone that count as none."""
TAIL_S = 0.6


class RadioTransmitter(Protocol):
    """What a radio of somebody else sends."""

    def listen_anew(self) -> None: ...

    def transmitted(self) -> Samples: ...


class RadioSet(RadioTransmitter, Protocol):
    """One that somebody speaks into as well."""

    def say(self, frequency: float, seconds: float) -> None: ...


class UnarbitratedStage(TalkgroupStage):
    """The switch, and a talkgroup on each of the networks."""

    def __init__(self, folder: Path) -> None:
        self.usrp = SimulatedUsrpRadio(callsign="N0CALL", pings=True)
        gateway = {"tg": 1, "port": self.usrp.port, "listen_port": self.usrp.their_port, "silent_s": 5}
        self.server = MumblePeer(
            folder / "mumble", password="for all", channels=[CHANNEL], registered={APP: PASSWORD}
        )
        # Its certificate is made when it runs for the first time.
        self.server.start()
        self.app = MumbleUser(
            folder / "app", port=self.server.port, name=APP, password=PASSWORD, channel=CHANNEL
        )
        channel = {"tg": 1, "channel": CHANNEL, "name": "SONGHUA", "password": self.server.password}
        mumble = {"port": self.server.port, "sha256": self.server.sha256(), "talkgroups": [channel]}
        self.radio_system = BaresipRadio(folder / "radio-system", user=USER)
        sip = {"tg": "north", "endpoint": ENDPOINT, "user": USER}
        super().__init__(
            folder,
            groups={GROUP: (CREW,)},
            networks={
                "usrp": {"talkgroups": [gateway]},
                "mumble": mumble,
                "sip_radio": {"talkgroups": [sip]},
            },
            radios=(RadioGateway(name=ENDPOINT, host="127.0.0.1", port=self.radio_system.port),),
            voice=True,
            rules={"hang_s": 0.5},
        )

    def start(self, *, radio: bool = True) -> None:
        self.usrp.start()
        self.app.start()
        self.radio_system.start()
        super().start(radio=radio)
        wang = self.visitor(WANG)
        self.make_group(wang, USRP_GROUP, (CREW,), name=("无线网关", "Gateway"))
        self.make_group(wang, MUMBLE_GROUP, (CREW,), name=("手机对讲", "Phones"))
        self.make_group(wang, SIP_GROUP, (CREW,), name=("电台系统", "Radio system"))

    def close(self) -> None:
        super().close()
        self.radio_system.close()
        self.usrp.close()
        self.app.close()
        self.server.close()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnarbitratedStage]:
    with running(UnarbitratedStage(tmp_path_factory.mktemp("city"))) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mine(city: UnarbitratedStage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crew]:
    browsers = Browsers(tmp_path_factory.mktemp("browsers"), (CREW,))
    await asyncio.to_thread(browsers.start)
    try:
        async with crew(city, browsers, CREW, GROUP) as made:
            yield made
    finally:
        browsers.close()


async def transmitted(radio: RadioSet, seconds: float, hz: float) -> float:
    """For how long the radio sends this tone, of these seconds from now on."""
    radio.listen_anew()
    await asyncio.sleep(seconds)
    return tone_seconds(radio.transmitted(), hz, share=0.1)


async def until_transmitted(radio: RadioTransmitter, seconds: float, hz: float) -> None:
    """Wait until the radio has sent this tone for so many seconds from now on."""
    radio.listen_anew()
    await until(
        lambda: tone_seconds(radio.transmitted(), hz, share=0.1) >= seconds,
        f"{seconds} s of {hz} Hz at the radio",
        30,
    )


async def talks_on(mine: Crew, group: str) -> None:
    """The page listens to this talkgroup, and its button is for it."""
    await tick(mine.page, group)
    await mine.page.choose("talk-group", group)
    await mine.until("idle", seconds=20)


async def heard_both_ways(mine: Crew, group: str, radio: RadioSet, name: str) -> None:
    await talks_on(mine, group)
    assert await transmitted(radio, 0.8, mine.tone) < NOTHING
    async with held(mine.page, "talk-button"):
        await mine.until("talking")
        await until_transmitted(radio, 1.1, mine.tone)
    await mine.until("idle")
    await asyncio.sleep(TAIL_S)
    assert await transmitted(radio, 0.8, mine.tone) < NOTHING
    assert await mine.ear.looks(AIR, time.time() - 1.0) == 0
    quiet = time.time()
    radio.say(AIR, 4.0)
    await mine.until("taken")
    await mine.page.until_text("talk-told", name)
    await mine.ear.until(AIR, since=quiet, looks=26)
    await mine.until("idle", seconds=20)


async def test_a_page_and_a_radio_behind_a_simulated_usrp_gateway_hear_each_other(
    city: UnarbitratedStage, mine: Crew
) -> None:
    await city.network_is("usrp", "up")
    await heard_both_ways(mine, USRP_GROUP, city.usrp, "N0CALL")


async def test_a_page_and_an_app_on_a_real_mumble_server_hear_each_other(
    city: UnarbitratedStage, mine: Crew
) -> None:
    await city.network_is("mumble", "up")
    await heard_both_ways(mine, MUMBLE_GROUP, city.app, APP)


async def test_a_text_reaches_the_app_of_a_unit_and_its_answer_the_centre(city: UnarbitratedStage) -> None:
    wang = await city.sign_in(WANG)
    await city.network_is("mumble", "up")
    await asyncio.to_thread(wang.post, "/api/units", {"unit_id": OTHER, "name": "二组"})
    address = {"op_id": str(uuid4()), "addresses": [f"mumble:{APP}"]}
    await asyncio.to_thread(wang.patch, f"/api/units/{OTHER}", address)
    body = {"op_id": str(uuid4()), "text": "道里塌陷，请到现场"}
    await post(wang, f"/api/units/{OTHER}/texts", body)
    await until(lambda: any("道里塌陷" in one["text"] for one in city.app.texts()), "the text at the app", 30)
    city.app.order("text", to="SONGHUA", words="已到现场")

    async def came() -> bool:
        texts = (await get(wang, f"/api/units/{OTHER}/texts"))["texts"]
        return any(one["text"] == "已到现场" for one in texts)

    await until(came, "text at the centre", 30)


async def test_who_holds_the_button_is_heard_by_the_radios_of_a_sip_system(
    city: UnarbitratedStage, mine: Crew
) -> None:
    system = city.radio_system
    await city.network_is("sip", "up")
    await talks_on(mine, SIP_GROUP)
    assert not system.keyed()
    async with held(mine.page, "talk-button"):
        await mine.until("talking")
        await until_transmitted(system, 1.0, mine.tone)
    await mine.until("idle")
    await until(lambda: not system.keyed(), "a free channel")
    system.listen_anew()
    await asyncio.sleep(0.5)
    assert tone_seconds(system.transmitted(), mine.tone, share=0.1) == 0.0
    assert not system.keyed()


async def test_a_radio_of_a_sip_system_is_heard_by_the_crew_and_is_not_talked_over(
    city: UnarbitratedStage, mine: Crew
) -> None:
    await talks_on(mine, SIP_GROUP)
    city.radio_system.other_says(AIR, 40.0)
    await mine.until("taken")
    await mine.ear.until(AIR)
    city.radio_system.listen_anew()
    async with held(mine.page, "talk-button"):
        await mine.page.until_text("talk-told", "无线网正忙")
    assert tone_seconds(city.radio_system.transmitted(), mine.tone, share=0.1) == 0.0
    city.radio_system.falls_silent()
    await mine.until("idle")


@pytest.mark.own_process
async def test_a_radio_system_that_is_killed_in_mid_talk_is_told_and_called_again(
    city: UnarbitratedStage, mine: Crew
) -> None:
    await talks_on(mine, SIP_GROUP)
    async with held(mine.page, "talk-button"):
        await mine.until("talking")
        city.radio_system.kill()
        await mine.until("revoked")
    told = await city.network_is("sip", "degraded")
    assert told["links"][0]["talkgroup"] == SIP_GROUP
    await asyncio.to_thread(city.radio_system.start)
    await city.network_is("sip", "up")
    await mine.until("idle")
    async with held(mine.page, "talk-button"):
        await mine.until("talking")
    await mine.until("idle")


@pytest.mark.own_process
async def test_a_role_that_is_killed_leaves_no_call_and_the_next_one_calls_anew(
    city: UnarbitratedStage, mine: Crew
) -> None:
    await city.network_is("sip", "up")
    city.radio.kill()

    async def no_call() -> bool:
        shown = await asyncio.to_thread(city.switch.rx, "core show channels verbose")
        return "AudioSocket" not in shown

    await until(no_call, "end of the calls", 10.0)
    await asyncio.to_thread(city.radio.start)
    await city.network_is("sip", "up")
