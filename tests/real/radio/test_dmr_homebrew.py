"""Repeaters of DMR through the real roles: who talks, who is there, texts and positions of a radio.

The repeater is hytera-homebrew-bridge 2021.2; the radio behind it is a simulator.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from radio_bridge.codecs import tms
from tests.peers.homebrew import HomebrewStation, Radio
from tests.peers.ports import free_port, release
from tests.peers.songhua import Visitor
from tests.real.radio.stage import CREW, OTHER, WANG, Stage, get, post
from tests.waiting import until

pytestmark = pytest.mark.real

TG, GROUP = 9, "dmr:9"
REPEATER, RADIO, CENTRE, PASSWORD = 460_451, 4_604_517, 4_600_001, "s3cr37w0rd"


class Air(Stage):
    """The stage with a repeater, a radio, and a talkgroup of theirs."""

    station: HomebrewStation
    radio_set: Radio


@pytest.fixture(scope="module")
def air(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Air]:
    folder = tmp_path_factory.mktemp("air")
    port = free_port()
    settings = {
        "port": port,
        "talkgroups": [{"tg": TG}],
        "repeaters": [{"id": REPEATER, "password": PASSWORD}],
        "centre_id": CENTRE,
    }
    made = Air(folder, groups={GROUP: (CREW, OTHER)}, networks={"dmr_homebrew": settings})
    made.station = HomebrewStation(folder, master_port=port, number=REPEATER, password=PASSWORD)
    made.radio_set = Radio(made.station, RADIO, CENTRE)
    try:
        made.start()
        made.station.start()
        yield made
    finally:
        made.close()
        made.station.close()
        release(port)


@pytest.fixture
async def stage(air: Air) -> AsyncIterator[Air]:
    if not air.station.program.running:
        await asyncio.to_thread(air.station.start)
    yield air
    await air.mend()


async def network(visitor: Visitor) -> dict[str, Any]:
    """What a dispatcher is told of the repeaters."""
    known = (await get(visitor, "/api/networks"))["networks"]
    found = [one for one in known if one["network"] == "dmr"]
    return found[0] if found else {"state": "missing"}


async def seen(look: Callable[[], Any], what: Callable[[Any], bool], timeout_s: float = 30.0) -> Any:
    """Look until it is so."""
    deadline = time.monotonic() + timeout_s
    while not what(found := await look()):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.3)
    return found


async def has_radio(wang: Visitor, unit: str) -> None:
    """The radio becomes this unit's."""
    for other in {CREW, OTHER} - {unit}:
        await asyncio.to_thread(wang.patch, f"/api/units/{other}", {"op_id": str(uuid4()), "addresses": []})
    address = {"op_id": str(uuid4()), "addresses": [f"dmr:{RADIO}"]}
    await asyncio.to_thread(wang.patch, f"/api/units/{unit}", address)


async def test_who_talks_is_told_and_a_press_is_denied_at_once(stage: Air) -> None:
    wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, GROUP)
    told = await seen(lambda: network(wang), lambda one: one["state"] == "up")
    assert {"speak", "hear", "grant"} <= set(told["lacks"])
    assert told["links"] == [{"talkgroup": GROUP, "up": True, "why": "", "why_zh": ""}]
    await stage.radio_set.talk(TG, 1.0)
    await until(lambda: [one.event for one in crew.talkers] == ["start", "stop"], "a talk", 5.0)
    assert crew.talkers[0].talker.party == f"dmr:{RADIO}"
    await crew.press()
    assert (await crew.until_told("denied")).cause == "network_denied"
    assert not crew.on_air


async def test_a_registered_radio_is_its_units_presence_text_and_place(stage: Air) -> None:
    wang = await stage.sign_in(WANG)
    await seen(lambda: network(wang), lambda one: one["state"] == "up")
    await has_radio(wang, OTHER)
    # Who is there is looked at when that changes, and each half minute.
    stage.radio_set.deregister()
    await asyncio.sleep(2.0)
    stage.radio_set.register()

    async def unit() -> Any:
        return await get(wang, f"/api/units/{OTHER}")

    def is_there(one: Any) -> bool:
        return any(bearer["bearer"] == "dmr" and bearer["online"] for bearer in one["bearers"])

    await seen(unit, is_there, 45.0)
    stage.radio_set.text("已到现场", 7)

    async def texts() -> Any:
        return (await get(wang, f"/api/units/{OTHER}/texts"))["texts"]

    (text,) = await seen(texts, lambda found: len(found) == 1)
    assert (text["way"], text["text"]) == ("up", "已到现场")
    stage.radio_set.is_at(45.7567, 126.6424)

    async def places() -> Any:
        return [one for one in (await get(wang, "/api/units/places"))["places"] if one["unit_id"] == OTHER]

    (place,) = await seen(places, bool, 20.0)
    assert place["source"] == "dmr"
    assert abs(place["lat"] - 45.7567) < 1e-4


async def test_a_dispatchers_text_goes_to_a_unit_that_only_a_radio_reaches(stage: Air) -> None:
    wang = await stage.sign_in(WANG)
    await seen(lambda: network(wang), lambda one: one["state"] == "up")
    await has_radio(wang, OTHER)
    stage.radio_set.heard()
    stage.radio_set.register()
    body = {"op_id": str(uuid4()), "text": "请到经纬街"}
    await post(wang, f"/api/units/{OTHER}/texts", body)
    heard: list[tms.Text] = []

    async def at_radio() -> list[tms.Text]:
        heard.extend(one for _, one in stage.radio_set.heard() if isinstance(one, tms.Text))
        return heard

    got = await seen(at_radio, bool)
    assert got[0].text == "请到经纬街"
    stage.radio_set.acknowledge(got[0].sequence)

    async def state() -> str:
        texts = (await get(wang, f"/api/units/{OTHER}/texts"))["texts"]
        return next(str(one["state"]) for one in texts if one["text_id"] == body["op_id"])

    await seen(state, lambda one: one == "delivered")


async def test_a_repeater_that_is_killed_in_mid_talk_is_told_and_comes_back(stage: Air) -> None:
    wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, GROUP)
    await seen(lambda: network(wang), lambda one: one["state"] == "up")
    await stage.radio_set.talk(TG, 0.5, end=False)
    await until(lambda: bool(crew.talkers), "a talker", 5.0)
    stage.station.kill()
    await until(lambda: crew.talkers[-1].event == "stop", "its end", 8.0)
    told = await seen(lambda: network(wang), lambda one: one["state"] == "degraded")
    assert "no repeater has signed in" in told["why"]
    await asyncio.to_thread(stage.station.start)
    await seen(lambda: network(wang), lambda one: one["state"] == "up")
