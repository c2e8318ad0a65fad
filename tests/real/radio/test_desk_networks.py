"""The desk's view of talkgroups in a real Chromium, on a real reflector with a radio and the real roles: how
each network is, and who talks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Final
from uuid import uuid4

import pytest

from radio_bridge.floor.members import READ_EVERY_S
from radio_bridge.networks.board import SILENT_S
from tests.console.page import Page, new_page
from tests.console.seats import sit_at_desk
from tests.peers.chromium import ChromiumPeer
from tests.peers.running import running
from tests.real.radio.stage import CREW, GROUP, WANG, ZHAO
from tests.real.radio.talk_world import RADIO, RADIO_GROUP, TalkStage

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

NETWORK: Final = f"network-{RADIO_GROUP}"


@pytest.fixture(scope="module")
def air(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TalkStage]:
    with running(TalkStage(tmp_path_factory.mktemp("air"))) as made:
        yield made


@pytest.fixture
async def desk(air: TalkStage, chromium: ChromiumPeer) -> AsyncIterator[Page]:
    """A dispatcher's page, with the talkgroups to be seen."""
    async with new_page(chromium) as page:
        await sit_at_desk(page, air.service.address, ZHAO.id, ZHAO.password)
        await page.click("view-floor")
        await page.until_attribute(NETWORK, "data-stage", "up", seconds=40)
        yield page
    await air.mend()


async def test_a_reflector_that_goes_and_comes_back_is_shown_with_what_to_do(
    air: TalkStage, desk: Page
) -> None:
    await desk.until_attribute(f"network-{GROUP}", "data-stage", "up")
    await desk.until_text(NETWORK, "紧急呼叫也要等 · 不排队")
    air.reflector.kill()
    await desk.until_attribute(NETWORK, "data-stage", "down")
    await desk.until_text(NETWORK, "反射器：请看它是否在运行")
    await desk.choose("language", "en")
    await desk.until_text(NETWORK, "the reflector cannot be reached: is it running")
    # The terminals have nothing to do with it.
    assert await desk.attribute(f"network-{GROUP}", "data-stage") == "up"
    await asyncio.to_thread(air.reflector.start)
    await desk.until_attribute(NETWORK, "data-stage", "up", seconds=60)
    assert desk.errors == []


async def test_a_units_radio_has_its_name_on_the_desk(air: TalkStage, desk: Page) -> None:
    wang = await air.sign_in(WANG)
    given = {"op_id": str(uuid4()), "addresses": [f"svx:{RADIO}"]}
    await asyncio.to_thread(wang.patch, f"/api/units/{CREW}", given)
    await asyncio.sleep(READ_EVERY_S + 1.0)
    air.radio_set.say(1300, 3.0)
    await desk.until_text(f"floor-{RADIO_GROUP}", f"组 {CREW}")
    await desk.until_text(f"floor-{RADIO_GROUP}", f"svx:{RADIO}")
    await desk.until_text(f"floor-{RADIO_GROUP}", "空闲")


async def test_without_the_role_radio_nobody_knows_how_a_network_is(air: TalkStage, desk: Page) -> None:
    air.radio.kill()
    await desk.until_text(f"floor-{RADIO_GROUP}", "话权控制不在线")
    # What was said last counts until then.
    assert await desk.attribute(NETWORK, "data-stage") == "up"
    await desk.until_attribute(NETWORK, "data-stage", "unknown", seconds=SILENT_S + 10)
    assert "角色 radio" in await desk.text(NETWORK)
    await asyncio.to_thread(air.start_radio)
    await desk.until_attribute(NETWORK, "data-stage", "up", seconds=40)
