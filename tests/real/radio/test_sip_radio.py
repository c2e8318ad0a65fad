"""A talkgroup whose radio system is a SIP user, through the real roles: from a crew's button in a browser to
the radio system's loudspeaker, and back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.asterisk.settings import RadioGateway
from tests.console.hand import held
from tests.peers.audio import tone_seconds
from tests.peers.running import running
from tests.peers.sip_radio import BaresipRadio
from tests.real.radio.stage import CREW, WANG, Stage, get
from tests.real.radio.talk_world import AIR, Browsers, Crew, crew
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

GROUP, ENDPOINT, USER = "sip:north", "radio-north", "4011"


class SipStage(Stage):
    """With its switch, and the SIP side of a radio system."""

    def __init__(self, folder: Path) -> None:
        self.radio_system = BaresipRadio(folder / "radio-system", user=USER)
        gateway = RadioGateway(name=ENDPOINT, host="127.0.0.1", port=self.radio_system.port)
        talkgroup = {"tg": "north", "endpoint": ENDPOINT, "user": USER}
        super().__init__(
            folder,
            groups={GROUP: (CREW,)},
            networks={"sip_radio": {"talkgroups": [talkgroup]}},
            radios=(gateway,),
            hang_s=0.5,
        )

    def start(self, *, radio: bool = True) -> None:
        self.radio_system.start()
        self.switch.start()
        super().start(radio=radio)

    def close(self) -> None:
        super().close()
        self.radio_system.close()

    async def is_in(self, state: str, timeout_s: float = 30.0) -> dict[str, Any]:
        """Wait until a dispatcher is told that the network is in this state."""
        wang = await self.sign_in(WANG)
        deadline = time.monotonic() + timeout_s
        while True:
            known = (await get(wang, "/api/networks"))["networks"]
            found = next((one for one in known if one["network"] == "sip"), {"state": "missing"})
            if found["state"] == state:
                return dict(found)
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.2)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SipStage]:
    with running(SipStage(tmp_path_factory.mktemp("city"))) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mine(city: SipStage, browsers: Browsers) -> AsyncIterator[Crew]:
    await city.is_in("up")
    async with crew(city, browsers, CREW, GROUP) as made:
        await made.until("idle", seconds=20)
        yield made


async def test_who_holds_the_button_is_heard_by_the_radios(city: SipStage, mine: Crew) -> None:
    system = city.radio_system
    assert not system.keyed()
    system.listen_anew()
    async with held(mine.page, "talk-button"):
        await mine.until("talking")
        await asyncio.sleep(2.0)
    await mine.until("idle")
    await until(lambda: not system.keyed(), "a free channel", 5)
    heard = system.transmitted()
    assert tone_seconds(heard, mine.tone, share=0.1) >= 1.0
    system.listen_anew()
    await asyncio.sleep(0.5)
    assert tone_seconds(system.transmitted(), mine.tone, share=0.1) == 0.0
    assert not system.keyed()


async def test_a_radio_is_heard_by_the_crew_and_is_not_talked_over(city: SipStage, mine: Crew) -> None:
    city.radio_system.other_says(AIR, 3.0)
    await mine.until("taken")
    await mine.ear.until(AIR, 3)
    city.radio_system.listen_anew()
    async with held(mine.page, "talk-button"):
        await mine.page.until_text("talk-told", "无线网正忙")
    assert tone_seconds(city.radio_system.transmitted(), mine.tone, share=0.1) == 0.0
    await mine.until("idle")


async def test_a_radio_system_that_is_killed_in_mid_talk_is_told_and_called_again(
    city: SipStage, mine: Crew
) -> None:
    async with held(mine.page, "talk-button"):
        await mine.until("talking")
        city.radio_system.kill()
        await mine.until("revoked")
    told = await city.is_in("degraded")
    assert told["links"][0]["talkgroup"] == GROUP
    await asyncio.to_thread(city.radio_system.start)
    await city.is_in("up", 60.0)
    await mine.until("idle")
    async with held(mine.page, "talk-button"):
        await mine.until("talking")
    await mine.until("idle")


async def test_a_role_that_is_killed_leaves_no_call_and_the_next_one_calls_anew(
    city: SipStage, mine: Crew
) -> None:
    await city.is_in("up")
    city.radio.kill()
    deadline = time.monotonic() + 10.0
    while "AudioSocket" in await asyncio.to_thread(city.switch.rx, "core show channels verbose"):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
    await asyncio.to_thread(city.start_radio)
    await city.is_in("up", 60.0)
