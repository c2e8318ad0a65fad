"""A trunked network that is listened to, through the real roles: who talks, who is there, an emergency call.

The brokers and the roles are real; the recorder is *simulated*.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.peers.mosquitto import Account, MosquittoPeer
from tests.peers.recorder_payloads import SYSTEM
from tests.peers.simulated_recorder import SimulatedRecorder
from tests.peers.songhua import Visitor
from tests.real.radio.stage import CREW, OTHER, WANG, Stage, get
from tests.waiting import until

pytestmark = pytest.mark.real

TG, GROUP, UNIT = 4011, "p25:4011", 899_003
TOPIC, UNITS = "scanner/feeds", "scanner/units"


class Air(Stage):
    """The stage with a recorder's own broker beside ours."""

    feeds: MosquittoPeer
    recorder: SimulatedRecorder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Air]:
    folder = tmp_path_factory.mktemp("air")
    sender = Account("recorder", acl=(f"topic write {TOPIC}/#", f"topic write {UNITS}/#"))
    listener = Account("songhua", acl=(f"topic read {TOPIC}/#", f"topic read {UNITS}/#"))
    feeds = MosquittoPeer(folder / "feeds", accounts=[sender, listener])
    settings = {
        "system": SYSTEM,
        "topic": TOPIC,
        "unit_topic": UNITS,
        "talkgroups": [{"tg": TG}],
        "broker": {"port": feeds.port, "user": listener.name, "password": listener.password},
    }
    air = Air(folder, groups={GROUP: (CREW, OTHER)}, networks={"trunk_recorder": settings})
    air.feeds = feeds
    air.recorder = SimulatedRecorder(feeds.port, sender.name, sender.password, topic=TOPIC, unit_topic=UNITS)
    try:
        feeds.start()
        air.start()
        yield air
    finally:
        air.close()
        feeds.close()


@pytest.fixture
async def stage(made: Air) -> AsyncIterator[Air]:
    await made.recorder.start()
    yield made
    await made.recorder.stop()
    await made.mend()


async def seen(look: Callable[[], Any], what: Callable[[Any], bool], timeout_s: float = 45.0) -> Any:
    """Look until it is so."""
    deadline = time.monotonic() + timeout_s
    while not what(found := await look()):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.3)
    return found


async def network(visitor: Visitor) -> dict[str, Any]:
    """What a dispatcher is told of the recorder's network."""
    known = (await get(visitor, "/api/networks"))["networks"]
    found = [one for one in known if one["network"] == "p25"]
    return found[0] if found else {"state": "missing"}


async def test_who_talks_is_told_who_is_there_is_seen_and_an_emergency_call_rings(stage: Air) -> None:
    wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, GROUP)
    told = await seen(lambda: network(wang), lambda one: one["state"] == "up")
    assert told["can"] == ["presence", "talker"]
    address = {"op_id": str(uuid4()), "addresses": [f"p25:{UNIT}"]}
    await asyncio.to_thread(wang.patch, f"/api/units/{OTHER}", address)
    call_id = stage.recorder.begin(TG, UNIT)
    await until(lambda: [one.event for one in crew.talkers] == ["start"], "a talk", 10.0)
    assert crew.talkers[0].talker.party == f"p25:{UNIT}"
    stage.recorder.end(call_id)
    await until(lambda: [one.event for one in crew.talkers] == ["start", "stop"], "its end", 10.0)
    await crew.press()
    assert (await crew.until_told("denied")).cause == "network_denied"

    async def unit() -> Any:
        return await get(wang, f"/api/units/{OTHER}")

    def is_there(one: Any) -> bool:
        return any(bearer["bearer"] == "p25" and bearer["online"] for bearer in one["bearers"])

    await seen(unit, is_there)
    call_id = stage.recorder.begin(TG, UNIT, emergency=True)

    async def alarms() -> Any:
        found = (await get(wang, "/api/emergencies"))["emergencies"]
        return [one for one in found if one["unit_id"] == OTHER]

    assert len(await seen(alarms, bool)) == 1
    stage.recorder.end(call_id)
    stage.recorder.kill()
    down = await seen(lambda: network(wang), lambda one: one["state"] == "degraded")
    assert "trunk-recorder" in down["why"]
