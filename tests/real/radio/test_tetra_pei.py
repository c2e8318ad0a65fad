"""A network of TETRA through the real roles: who talks, who is there, texts, statuses, positions, an alarm.

The broker and the roles are real; the radio at its interface and the network behind it are *simulated*.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.peers.ports import free_port, release
from tests.peers.simulated_tetra import SimulatedNetwork, SimulatedRadio, SimulatedUnit
from tests.peers.songhua import Visitor
from tests.real.radio.stage import CREW, OTHER, WANG, Stage, get, post
from tests.waiting import until

pytestmark = pytest.mark.real

TG, GROUP = 9001, "tetra:9001"
ISSI, RADIO = 1001, 2_621_017


class Air(Stage):
    """The stage with a radio of ours, and one of a crew, in their network."""

    port: int
    radio_set: SimulatedUnit
    ours: SimulatedRadio

    async def open(self) -> None:
        network = SimulatedNetwork()
        self.ours = SimulatedRadio(network, ISSI, groups=[TG])
        await self.ours.listen(self.port)
        self.radio_set = network.unit(RADIO, groups=[TG])
        self.radio_set.reads = True


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Air]:
    port = free_port()
    settings = {"device": f"tcp://127.0.0.1:{port}", "talkgroups": [{"tg": TG}]}
    folder = tmp_path_factory.mktemp("air")
    air = Air(folder, groups={GROUP: (CREW, OTHER)}, networks={"tetra_pei": settings})
    air.port = port
    try:
        air.start()
        yield air
    finally:
        air.close()
        release(port)


@pytest.fixture
async def stage(made: Air) -> AsyncIterator[Air]:
    await made.open()
    yield made
    await made.ours.close()
    made.ours.network.close()
    await made.mend()


async def seen(look: Callable[[], Any], what: Callable[[Any], bool], timeout_s: float = 45.0) -> Any:
    """Look until it is so."""
    deadline = time.monotonic() + timeout_s
    while not what(found := await look()):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.3)
    return found


async def network(visitor: Visitor) -> dict[str, Any]:
    """What a dispatcher is told of the radio."""
    known = (await get(visitor, "/api/networks"))["networks"]
    found = [one for one in known if one["network"] == "tetra"]
    return found[0] if found else {"state": "missing"}


async def test_a_radio_of_a_crew_is_heard_seen_told_and_helped(stage: Air) -> None:
    wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, GROUP)
    told = await seen(lambda: network(wang), lambda one: one["state"] == "up")
    assert {"speak", "hear", "grant"} <= set(told["lacks"])
    assert told["links"] == [{"talkgroup": GROUP, "up": True, "why": "", "why_zh": ""}]

    address = {"op_id": str(uuid4()), "addresses": [f"tetra:{RADIO}"]}
    await asyncio.to_thread(wang.patch, f"/api/units/{OTHER}", address)
    stage.radio_set.press(TG)
    await until(lambda: [one.event for one in crew.talkers] == ["start"], "a talk", 10.0)
    assert crew.talkers[0].talker.party == f"tetra:{RADIO}"
    stage.radio_set.release(TG)
    await until(lambda: [one.event for one in crew.talkers] == ["start", "stop"], "its end", 10.0)
    await crew.press()
    assert (await crew.until_told("denied")).cause == "network_denied"
    assert not crew.on_air

    async def unit() -> Any:
        return await get(wang, f"/api/units/{OTHER}")

    def is_there(one: Any) -> bool:
        return any(bearer["bearer"] == "tetra" and bearer["online"] for bearer in one["bearers"])

    await seen(unit, is_there)
    reference = stage.radio_set.send_text(stage.ours, "已到现场", report=1)
    await stage.radio_set.is_told(stage.ours, reference=reference, timeout_s=20.0)

    async def texts() -> Any:
        return (await get(wang, f"/api/units/{OTHER}/texts"))["texts"]

    (text,) = await seen(texts, lambda found: len(found) == 1)
    assert (text["way"], text["text"]) == ("up", "已到现场")

    async def places() -> Any:
        # An address that was given to a unit just now counts for positions a little later.
        stage.radio_set.send_position(stage.ours, 45.7567, 126.6424, error_class=1)
        return [one for one in (await get(wang, "/api/units/places"))["places"] if one["unit_id"] == OTHER]

    (place,) = await seen(places, bool)
    assert place["source"] == "tetra"
    assert abs(place["lat"] - 45.7567) < 1e-4

    body = {"op_id": str(uuid4()), "text": "请到经纬街"}
    await post(wang, f"/api/units/{OTHER}/texts", body)
    await stage.radio_set.hears(lambda heard: heard.text == "请到经纬街", timeout_s=30.0)

    async def state() -> str:
        return next(str(one["state"]) for one in await texts() if one["text_id"] == body["op_id"])

    await seen(state, lambda one: one == "displayed")

    stage.radio_set.send_emergency(stage.ours)

    async def alarms() -> Any:
        return [
            one for one in (await get(wang, "/api/emergencies"))["emergencies"] if one["unit_id"] == OTHER
        ]

    (alarm,) = await seen(alarms, bool)
    await post(wang, f"/api/emergencies/{alarm['alarm_id']}/acknowledge", {"op_id": str(uuid4())})
    await stage.radio_set.hears(lambda heard: "EMERGENCY ack" in (heard.text or ""), timeout_s=30.0)

    stage.ours.unplug()
    down = await seen(lambda: network(wang), lambda one: one["state"] == "degraded")
    assert down["why"]
    stage.ours.plug()
    await seen(lambda: network(wang), lambda one: one["state"] == "up")
