"""The whole way of sound to networks that nobody arbitrates: button and microphone of a unit's page over a real
broker, the switch and the role `radio` to the network's radio, heard there as a tone; and back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio

from tests.console.hand import held
from tests.peers.audio import Samples, tone_seconds
from tests.peers.simulated_usrp import SimulatedUsrpRadio
from tests.real.radio.stage import CREW, GROUP
from tests.real.radio.talk_world import AIR, Browsers, Crew, VoiceStage, crew, tick

pytestmark = [pytest.mark.real, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

USRP_GROUP = "usrp:1"
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
        super().__init__(
            folder,
            groups={GROUP: (CREW,), USRP_GROUP: (CREW,)},
            networks={"usrp": {"talkgroups": [gateway]}},
            hang_s=0.5,
        )

    def start(self, *, radio: bool = True) -> None:
        self.usrp.start()
        super().start(radio=radio)

    def close(self) -> None:
        super().close()
        self.usrp.close()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetworkStage]:
    made = NetworkStage(tmp_path_factory.mktemp("city"))
    try:
        made.start()
        yield made
    finally:
        made.close()


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
    quiet = time.time()
    radio.say(AIR, 1.5)
    await mine.ear.until(AIR, 4)
    await mine.until("taken")
    await mine.page.until_text("talk-told", name)
    await mine.until("idle")
    assert len(await mine.ear.heard(AIR, quiet, time.time())) > 10


async def test_a_page_and_a_radio_behind_a_simulated_usrp_gateway_hear_each_other(
    city: NetworkStage, mine: Crew
) -> None:
    await city.linked("usrp")
    await heard_both_ways(mine, USRP_GROUP, city.usrp, "N0CALL")
