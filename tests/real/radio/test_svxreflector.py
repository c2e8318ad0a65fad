"""A talkgroup of a real reflector through the real roles: a terminal's button, a radio's voice, who is there,
and how the network is, as a dispatcher sees it at the desk in a real Chromium.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Final
from uuid import uuid4

import pytest

from radio_bridge.centre.networks.board import SILENT_S
from tests.console.page import KeptTab, Page
from tests.console.seats import open_workspace, sit_at_desk
from tests.mqtt.handset import Handset
from tests.peers.running import running
from tests.peers.songhua import Visitor
from tests.real.radio.reflector_stage import RADIO, RADIO_GROUP, ReflectorStage
from tests.real.radio.stage import CREW, GROUP, OTHER, WANG, ZHAO, get, post
from tests.waiting import until

pytestmark = pytest.mark.real

TALK_S = 5.0
NETWORK: Final = f"network-{RADIO_GROUP}"
PARTY: Final = f"svx:{RADIO}"


@pytest.fixture(scope="module")
def air(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReflectorStage]:
    with running(ReflectorStage(tmp_path_factory.mktemp("air"), voice=False)) as made:
        yield made


@pytest.fixture
async def stage(air: ReflectorStage) -> AsyncIterator[ReflectorStage]:
    await air.network_is("svx", "up")
    yield air
    await air.mend()


@contextlib.asynccontextmanager
async def desk(stage: ReflectorStage, tab: KeptTab) -> AsyncIterator[Page]:
    """A dispatcher's page, with the talkgroups to be seen."""
    async with tab.page() as page:
        await sit_at_desk(page, stage.service.address, ZHAO.id, ZHAO.password)
        await open_workspace(page, "field")
        await page.until_attribute(NETWORK, "data-stage", "up", seconds=40)
        yield page


async def heard_talking(stage: ReflectorStage, crew: Handset) -> None:
    """The radio talks from now on, long enough for what is asked meanwhile, and everybody knows."""
    before = len(crew.talkers)
    stage.radio_set.say(1300, TALK_S)
    await until(lambda: [one.event for one in crew.talkers[before:]] == ["start"], "talker")
    # States and talkers come by two ways.
    await until(lambda: crew.state.talker is not None, "talker in the state", 2.0)


async def test_a_crew_is_granted_when_the_reflector_says_so_and_nobody_is_keyed_afterwards(
    stage: ReflectorStage,
) -> None:
    crew = await stage.handset(CREW, RADIO_GROUP)
    await crew.press()
    await crew.until_told("granted")
    assert stage.keyed()
    # Without a sound of the crew the talk is kept open, as long as its button is held.
    await asyncio.sleep(5.0)
    assert stage.keyed()
    assert crew.on_air
    await crew.let_go()
    await crew.until_told("released")
    await until(lambda: not stage.keyed(), "free talkgroup at the reflector", 2.0)


async def test_a_radio_that_talks_is_named_and_neither_a_crew_nor_a_dispatcher_breaks_in(
    stage: ReflectorStage,
) -> None:
    wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, RADIO_GROUP)
    await heard_talking(stage, crew)
    # As long as the radio is no unit's, its callsign is all that there is.
    talker = crew.talkers[0].talker
    assert (talker.party, talker.name) == (PARTY, PARTY)
    await crew.press()
    assert (await crew.until_told("denied")).cause == "network_busy"
    assert not crew.on_air
    body = {"op_id": str(uuid4()), "take_over": True}
    answer = await post(wang, f"/api/floors/{RADIO_GROUP}/request", body)
    assert (answer["result"], answer["cause"]) == ("denied", "network_busy")
    assert "pre_empt" in (await stage.network("svx"))["lacks"]
    await until(lambda: [one.event for one in crew.talkers] == ["start", "stop"], "its end")


async def give_address(wang: Visitor) -> None:
    """The radio is the other crew's from now on."""
    address = {"op_id": str(uuid4()), "addresses": [PARTY]}
    await asyncio.to_thread(wang.patch, f"/api/units/{OTHER}", address)


async def test_a_units_radio_is_its_presence_and_talks_in_its_name(
    stage: ReflectorStage, tab: KeptTab
) -> None:
    wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, RADIO_GROUP)
    await give_address(wang)

    async def there() -> bool:
        bearers = (await get(wang, f"/api/units/{OTHER}"))["bearers"]
        return any(one["bearer"] == "svx" and one["online"] for one in bearers)

    async def named() -> bool:
        """Floor control reads the register now and then: until it has, the radio talks in its own name."""
        before = len(crew.talkers)
        stage.radio_set.say(1300, 0.5)
        await until(lambda: len(crew.talkers) == before + 2, "whole talk")
        return crew.talkers[-1].talker.name == f"组 {OTHER}"

    async def on_desks() -> tuple[str, str]:
        floors = (await get(wang, "/api/floors"))["floors"]
        return next((one["talker"], one["talker_name"]) for one in floors if one["talkgroup"] == RADIO_GROUP)

    async def told_at_desks() -> bool:
        return await on_desks() == (PARTY, f"组 {OTHER}")

    async with desk(stage, tab) as page:
        await until(there, "presence of the radio's unit", 60.0)
        await until(named, "name of the unit", 30.0)
        await heard_talking(stage, crew)
        told = crew.talkers[-1].talker
        assert (told.party, told.name) == (PARTY, f"组 {OTHER}")
        assert crew.state.talker is not None
        assert (crew.state.talker.party, crew.state.talker.name) == (told.party, told.name)
        await until(told_at_desks, "name at the desks")
        await page.until_text(f"floor-{RADIO_GROUP}", f"组 {OTHER}")
        await page.until_text(f"floor-{RADIO_GROUP}", PARTY)
        await page.until_text(f"floor-{RADIO_GROUP}", "空闲")
        await until(lambda: crew.talkers[-1].event == "stop", "its end")
        assert crew.talkers[-1].talker.name == told.name


@pytest.mark.own_process
async def test_a_reflector_that_is_killed_in_mid_talk_is_told_with_what_to_do_and_comes_back(
    stage: ReflectorStage, tab: KeptTab
) -> None:
    crew = await stage.handset(CREW, RADIO_GROUP)
    async with desk(stage, tab) as page:
        await page.until_attribute(f"network-{GROUP}", "data-stage", "up")
        await page.until_text(NETWORK, "紧急呼叫也要等 · 不排队")
        await crew.press()
        await crew.until_told("granted")
        stage.reflector.kill()
        revoked = await crew.until_told("revoked")
        assert (revoked.cause, crew.on_air) == ("network_away", False)
        told = await stage.network_is("svx", "degraded")
        assert told["links"][0]["talkgroup"] == RADIO_GROUP
        assert not told["links"][0]["up"]
        await crew.press()
        assert (await crew.until_told("denied")).cause == "network_away"
        await page.until_attribute(NETWORK, "data-stage", "down")
        await page.until_text(NETWORK, "反射器：请看它是否在运行")
        await page.choose("language", "en")
        await page.until_text(NETWORK, "the reflector cannot be reached: is it running")
        # The terminals have nothing to do with it.
        assert await page.attribute(f"network-{GROUP}", "data-stage") == "up"
        await asyncio.to_thread(stage.reflector.start)
        await page.until_attribute(NETWORK, "data-stage", "up", seconds=60)
        assert page.errors == []
    await crew.press()
    await crew.until_told("granted")
    await crew.let_go()


@pytest.mark.own_process
async def test_a_role_killed_with_a_talker_on_the_air_frees_the_talkgroup_within_a_second(
    stage: ReflectorStage, tab: KeptTab
) -> None:
    crew = await stage.handset(CREW, RADIO_GROUP)
    async with desk(stage, tab) as page:
        await crew.press()
        await crew.until_told("granted")
        assert stage.keyed()
        stage.radio.kill()
        await until(lambda: not stage.keyed(), "free talkgroup at the reflector", 1.0)
        await page.until_text(f"floor-{RADIO_GROUP}", "话权控制不在线")
        # What was said last counts until it is old.
        assert await page.attribute(NETWORK, "data-stage") == "up"


@pytest.mark.soak(
    rule="a network is shown as unknown when the role radio has been silent",
    short=[
        "tests/console/test_desk_page.py::test_a_network_of_which_nothing_is_heard_is_unknown",
        "tests/real/radio/test_svxreflector.py::test_a_role_killed_with_a_talker_on_the_air_frees_the_talkgroup_within_a_second",
    ],
)
@pytest.mark.own_process
@pytest.mark.timeout(300)
async def test_without_the_role_radio_nobody_knows_how_a_network_is(
    stage: ReflectorStage, tab: KeptTab
) -> None:
    async with desk(stage, tab) as page:
        stage.radio.kill()
        await page.until_attribute(NETWORK, "data-stage", "unknown", seconds=SILENT_S + 10)
        await page.until_text(NETWORK, "角色 radio")
        await asyncio.to_thread(stage.radio.start)
        await page.until_attribute(NETWORK, "data-stage", "up", seconds=40)
