"""A talkgroup of a real reflector through the real roles: a terminal's button, a radio's voice, who is
there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import pytest

from radio_bridge.floor.members import READ_EVERY_S
from tests.mqtt.handset import Handset
from tests.peers.songhua import Visitor
from tests.peers.svxlink import SvxLinkPeer
from tests.peers.svxreflector import SvxReflectorPeer
from tests.real.radio.stage import CREW, OTHER, WANG, Stage, get, post
from tests.waiting import until

pytestmark = pytest.mark.real

TALK_S = 5.0
TG, GROUP, US, RADIO = 4011, "svx:4011", "SONGHUA-1", "CREW-A"


class Air(Stage):
    """The stage with a reflector, a radio, and a talkgroup of theirs."""

    reflector: SvxReflectorPeer
    radio_set: SvxLinkPeer

    def keyed(self) -> bool:
        nodes = self.reflector.nodes()
        return bool(nodes.get(US, {}).get("isTalker", False))


@pytest.fixture(scope="module")
def air(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Air]:
    folder = tmp_path_factory.mktemp("air")
    reflector = SvxReflectorPeer(folder / "reflector", callsigns=[US, RADIO])
    radio = SvxLinkPeer(
        folder / "radio",
        callsign=RADIO,
        password=reflector.password,
        reflector_port=reflector.port,
        tg=TG,
    )
    talkgroup = {"tg": TG, "callsign": US, "password": reflector.password}
    made = Air(
        folder,
        groups={GROUP: (CREW, OTHER)},
        networks={"svxreflector": {"port": reflector.port, "talkgroups": [talkgroup]}},
    )
    made.reflector, made.radio_set = reflector, radio
    try:
        reflector.start()
        radio.start()
        made.start()
        yield made
    finally:
        made.close()
        radio.close()
        reflector.close()


@pytest.fixture
async def stage(air: Air) -> AsyncIterator[Air]:
    if not air.reflector.program.running:
        await asyncio.to_thread(air.reflector.start)
    yield air
    await air.mend()


async def network(visitor: Visitor) -> dict[str, Any]:
    """What a dispatcher is told of the reflector."""
    known = (await get(visitor, "/api/networks"))["networks"]
    found = [one for one in known if one["network"] == "svx"]
    return found[0] if found else {"state": "missing"}


async def is_in(visitor: Visitor, state: str, timeout_s: float = 30.0) -> dict[str, Any]:
    """Wait until the reflector's links are in this state."""
    deadline = time.monotonic() + timeout_s
    while (found := await network(visitor))["state"] != state:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.2)
    return found


async def heard_talking(stage: Air, crew: Handset) -> None:
    """The radio talks from now on, long enough for what is asked meanwhile, and everybody knows."""
    stage.radio_set.say(1300, TALK_S)
    await until(lambda: [one.event for one in crew.talkers] == ["start"], "a talker", 5.0)
    # States and talkers come by two ways.
    await until(lambda: crew.state.talker is not None, "the talker in the state", 2.0)


async def test_a_crew_is_granted_when_the_reflector_says_so_and_nobody_is_keyed_afterwards(
    stage: Air,
) -> None:
    wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, GROUP)
    await is_in(wang, "up")
    await crew.press()
    await crew.until_told("granted")
    assert stage.keyed()
    # Without a sound of the crew the talk is kept open, as long as its button is held.
    await asyncio.sleep(5.0)
    assert stage.keyed()
    assert crew.on_air
    await crew.let_go()
    await crew.until_told("released")
    await until(lambda: not stage.keyed(), "a free talkgroup at the reflector", 2.0)


async def test_a_radio_that_talks_is_named_to_everybody_and_keeps_the_talkgroup(stage: Air) -> None:
    wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, GROUP)
    await is_in(wang, "up")
    await heard_talking(stage, crew)
    talker = crew.talkers[0].talker
    assert talker.party == f"svx:{RADIO}"
    # As long as the radio is no unit's, its callsign is all that there is.
    assert talker.name == f"svx:{RADIO}"
    await crew.press()
    denied = await crew.until_told("denied")
    assert denied.cause == "network_busy"
    assert not crew.on_air
    await until(lambda: [one.event for one in crew.talkers] == ["start", "stop"], "its end", 10.0)


async def test_a_dispatcher_asks_as_a_crew_does_and_cannot_break_in(stage: Air) -> None:
    wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, GROUP)
    await is_in(wang, "up")
    await heard_talking(stage, crew)
    body = {"op_id": str(uuid4()), "take_over": True}
    answer = await post(wang, f"/api/floors/{GROUP}/request", body)
    assert (answer["result"], answer["cause"]) == ("denied", "network_busy")
    assert "pre_empt" in (await network(wang))["lacks"]
    await until(lambda: crew.talkers[-1].event == "stop", "its end", 10.0)


async def give_address(wang: Visitor) -> None:
    """The radio is the other crew's from now on."""
    address = {"op_id": str(uuid4()), "addresses": [f"svx:{RADIO}"]}
    await asyncio.to_thread(wang.patch, f"/api/units/{OTHER}", address)


async def test_a_units_radio_that_talks_has_its_name(stage: Air) -> None:
    wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, GROUP)
    await is_in(wang, "up")
    await give_address(wang)
    # Floor control reads the register every ten seconds.
    await asyncio.sleep(READ_EVERY_S + 1.0)
    await heard_talking(stage, crew)
    told = crew.talkers[0].talker
    assert (told.party, told.name) == (f"svx:{RADIO}", f"组 {OTHER}")
    assert crew.state.talker is not None
    assert (crew.state.talker.party, crew.state.talker.name) == (told.party, told.name)

    async def on_desks() -> tuple[str, str]:
        floors = (await get(wang, "/api/floors"))["floors"]
        return next((one["talker"], one["talker_name"]) for one in floors if one["talkgroup"] == GROUP)

    async with asyncio.timeout(2.0):
        while await on_desks() != (told.party, told.name):
            await asyncio.sleep(0.1)
    await until(lambda: [one.event for one in crew.talkers] == ["start", "stop"], "its end", 10.0)
    assert crew.talkers[1].talker.name == told.name


async def test_a_units_radio_is_its_presence(stage: Air) -> None:
    wang = await stage.sign_in(WANG)
    await is_in(wang, "up")
    await give_address(wang)
    deadline = time.monotonic() + 45.0
    while True:
        bearers = {
            one["bearer"]: one["online"] for one in (await get(wang, f"/api/units/{OTHER}"))["bearers"]
        }
        if bearers.get("svx"):
            return
        assert time.monotonic() < deadline, bearers
        await asyncio.sleep(0.5)


async def test_a_reflector_that_is_killed_in_mid_talk_is_told_and_comes_back(stage: Air) -> None:
    wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, GROUP)
    await is_in(wang, "up")
    await crew.press()
    await crew.until_told("granted")
    stage.reflector.kill()
    revoked = await crew.until_told("revoked")
    assert (revoked.cause, crew.on_air) == ("network_away", False)
    told = await is_in(wang, "degraded")
    assert told["links"][0]["talkgroup"] == GROUP
    assert not told["links"][0]["up"]
    await crew.press()
    assert (await crew.until_told("denied")).cause == "network_away"
    await asyncio.to_thread(stage.reflector.start)
    await is_in(wang, "up", 60.0)
    await crew.press()
    await crew.until_told("granted")
    await crew.let_go()


async def test_a_role_killed_with_a_talker_on_the_air_frees_the_talkgroup_within_a_second(stage: Air) -> None:
    wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, GROUP)
    await is_in(wang, "up")
    await crew.press()
    await crew.until_told("granted")
    assert stage.keyed()
    stage.radio.kill()
    await until(lambda: not stage.keyed(), "a free talkgroup at the reflector", 1.0)
