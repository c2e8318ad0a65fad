"""The whole way of sound to networks that nobody arbitrates: button and microphone of a page over a real
broker, the switch and the role `radio` to the network's radio, heard there as a tone; and back.
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

from tests.console.hand import held
from tests.peers.audio import Samples, tone_seconds
from tests.peers.mumble import MumblePeer, MumbleUser
from tests.peers.running import running
from tests.peers.simulated_usrp import SimulatedUsrpRadio
from tests.real.radio.stage import CREW, GROUP, OTHER, WANG, get, post
from tests.real.radio.talk_world import AIR, Browsers, Crew, VoiceStage, crew, tick
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

USRP_GROUP, MUMBLE_GROUP = "usrp:1", "mumble:1"
CHANNEL, APP, PASSWORD = "Daoli", "CREW-A", "for the crew alone"
NOTHING = 0.3
"""Seconds of a tone that count as none."""
TAIL_S = 0.6


class RadioSet(Protocol):
    """A radio of somebody else."""

    def say(self, frequency: float, seconds: float) -> None: ...

    def listen_anew(self) -> None: ...

    def transmitted(self) -> Samples: ...


class NetworkStage(VoiceStage):
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
        super().__init__(
            folder,
            groups={GROUP: (CREW,)},
            networks={"usrp": {"talkgroups": [gateway]}, "mumble": mumble},
            hang_s=0.5,
        )

    def start(self, *, radio: bool = True) -> None:
        self.usrp.start()
        self.app.start()
        super().start(radio=radio)
        wang = self.service.sign_in(WANG)
        self.make_group(wang, USRP_GROUP, (CREW,), name=("无线网关", "Gateway"))
        self.make_group(wang, MUMBLE_GROUP, (CREW,), name=("手机对讲", "Phones"))

    def close(self) -> None:
        super().close()
        self.usrp.close()
        self.app.close()
        self.server.close()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetworkStage]:
    with running(NetworkStage(tmp_path_factory.mktemp("city"))) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mine(city: NetworkStage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crew]:
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


async def heard_both_ways(mine: Crew, group: str, radio: RadioSet, name: str) -> None:
    await tick(mine.page, group)
    await mine.page.choose("talk-group", group)
    await mine.until("idle", seconds=20)
    assert await transmitted(radio, 0.8, mine.tone) < NOTHING
    async with held(mine.page, "talk-button"):
        await mine.until("talking")
        assert await transmitted(radio, 1.5, mine.tone) > 1.0
    await asyncio.sleep(TAIL_S)
    assert await transmitted(radio, 0.8, mine.tone) < NOTHING
    assert await mine.ear.looks(AIR, time.time() - 1.0) == 0
    quiet = time.time()
    radio.say(AIR, 1.5)
    await mine.ear.until(AIR, 4)
    await mine.until("taken")
    await mine.page.until_text("talk-told", name)
    await mine.until("idle")
    assert await mine.ear.looks(AIR, quiet) > 25


async def test_a_page_and_a_radio_behind_a_simulated_usrp_gateway_hear_each_other(
    city: NetworkStage, mine: Crew
) -> None:
    await city.linked("usrp")
    await heard_both_ways(mine, USRP_GROUP, city.usrp, "N0CALL")


async def test_a_page_and_an_app_on_a_real_mumble_server_hear_each_other(
    city: NetworkStage, mine: Crew
) -> None:
    await city.linked("mumble")
    await heard_both_ways(mine, MUMBLE_GROUP, city.app, APP)


async def test_a_text_reaches_the_app_of_a_unit_and_its_answer_the_centre(city: NetworkStage) -> None:
    wang = await city.sign_in(WANG)
    await city.linked("mumble")
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

    async with asyncio.timeout(30):
        while not await came():
            await asyncio.sleep(0.3)
