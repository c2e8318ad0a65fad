"""Networks without a voice through the real roles: who talks, who is there, texts, positions, alarms.

The broker and the roles are real. DMR: the repeater is hytera-homebrew-bridge 2021.2, the radio behind it is
*simulated*. TETRA: the radio at its interface and the network behind it are *simulated*. P25: a trunked
network that is listened to; its recorder is *simulated*, with a real broker of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from radio_bridge.codecs import tms
from tests.peers.homebrew import HomebrewStation, Radio
from tests.peers.mosquitto import Account, MosquittoPeer
from tests.peers.ports import free_port, release
from tests.peers.recorder_payloads import SYSTEM
from tests.peers.running import running
from tests.peers.simulated_recorder import SimulatedRecorder
from tests.peers.simulated_tetra import SimulatedNetwork, SimulatedRadio
from tests.peers.songhua import Visitor
from tests.real.radio.stage import CREW, OTHER, WANG, TalkgroupStage, get, post
from tests.waiting import until

pytestmark = pytest.mark.real

DMR, TETRA, P25 = "dmr:9", "tetra:9001", "p25:4011"
REPEATER, DMR_RADIO, CENTRE, PASSWORD = 460_451, 4_604_517, 4_600_001, "s3cr37w0rd"
OUR_ISSI, TETRA_RADIO = 1001, 2_621_017
P25_UNIT = 899_003
TOPIC, UNITS = "scanner/feeds", "scanner/units"
LOOKED_AGAIN_S = 45.0
"""Who is there is looked at when that changes, and each half minute."""


class DataStage(TalkgroupStage):
    """A repeater of DMR with a radio, the place for a radio of TETRA, and the broker of a recorder."""

    def __init__(self, folder: Path) -> None:
        self.dmr_port, self.tetra_port = free_port(), free_port()
        repeater = {"id": REPEATER, "password": PASSWORD}
        sender = Account("recorder", acl=(f"topic write {TOPIC}/#", f"topic write {UNITS}/#"))
        listener = Account("songhua", acl=(f"topic read {TOPIC}/#", f"topic read {UNITS}/#"))
        self.feeds = MosquittoPeer(folder / "feeds", accounts=[sender, listener])
        self.recorder = SimulatedRecorder(
            self.feeds.port, sender.name, sender.password, topic=TOPIC, unit_topic=UNITS
        )
        super().__init__(
            folder,
            groups={DMR: (CREW, OTHER), TETRA: (CREW, OTHER), P25: (CREW, OTHER)},
            networks={
                "dmr_homebrew": {
                    "port": self.dmr_port, "talkgroups": [{"tg": 9}], "repeaters": [repeater],
                    "centre_id": CENTRE,
                },
                "tetra_pei": {
                    "device": f"tcp://127.0.0.1:{self.tetra_port}", "talkgroups": [{"tg": 9001}],
                },
                "trunk_recorder": {
                    "system": SYSTEM, "topic": TOPIC, "unit_topic": UNITS, "talkgroups": [{"tg": 4011}],
                    "broker": {
                        "port": self.feeds.port, "user": listener.name, "password": listener.password,
                    },
                },
            },
        )  # fmt: skip
        self.station = HomebrewStation(folder, master_port=self.dmr_port, number=REPEATER, password=PASSWORD)
        self.radio_set = Radio(self.station, DMR_RADIO, CENTRE)

    def start(self, *, radio: bool = True) -> None:
        self.feeds.start()
        super().start(radio=radio)
        self.station.start()

    def close(self) -> None:
        super().close()
        self.station.close()
        self.feeds.close()
        release(self.dmr_port)
        release(self.tetra_port)

    async def mend(self) -> None:
        """Nobody has a radio, and no emergency is open."""
        wang = await self.sign_in(WANG)
        for unit in (CREW, OTHER):
            await self.give(unit)
        for one in (await get(wang, "/api/emergencies"))["emergencies"]:
            path = f"/api/emergencies/{one['alarm_id']}"
            if one["state"] == "raised":
                await post(wang, f"{path}/acknowledge", {"op_id": str(uuid4())})
            await post(wang, f"{path}/clear", {"op_id": str(uuid4()), "note": "over"})
        if not self.station.program.running:
            await asyncio.to_thread(self.station.start)
        await super().mend()

    async def give(self, unit: str, *addresses: str) -> None:
        """These radios are this unit's from now on, and no others."""
        wang = await self.sign_in(WANG)
        given = {"op_id": str(uuid4()), "addresses": list(addresses)}
        await asyncio.to_thread(wang.patch, f"/api/units/{unit}", given)

    async def until_there(self, unit: str, network: str) -> None:
        """Wait until the unit is there by this network."""
        wang = await self.sign_in(WANG)

        async def there() -> bool:
            bearers = (await get(wang, f"/api/units/{unit}"))["bearers"]
            return any(one["bearer"] == network and one["online"] for one in bearers)

        await until(there, f"presence of {unit} by {network}", LOOKED_AGAIN_S)


@pytest.fixture(scope="module")
def air(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataStage]:
    with running(DataStage(tmp_path_factory.mktemp("air"))) as made:
        yield made


@pytest.fixture
async def stage(air: DataStage) -> AsyncIterator[DataStage]:
    yield air
    await air.mend()


async def texts_of(wang: Visitor, unit: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await get(wang, f"/api/units/{unit}/texts"))["texts"]
    return found


async def until_text_came(wang: Visitor, unit: str, words: str) -> None:
    async def came() -> bool:
        return ("up", words) in {(one["way"], one["text"]) for one in await texts_of(wang, unit)}

    await until(came, "text at the centre", 30.0)


async def until_text_is(wang: Visitor, unit: str, text_id: str, state: str) -> None:
    async def so() -> bool:
        return any(one["state"] == state for one in await texts_of(wang, unit) if one["text_id"] == text_id)

    await until(so, f"text that is {state}", 30.0)


async def place_of(wang: Visitor, unit: str) -> dict[str, Any] | None:
    places = (await get(wang, "/api/units/places"))["places"]
    return next((one for one in places if one["unit_id"] == unit), None)


async def emergency_of(wang: Visitor, unit: str) -> dict[str, Any] | None:
    """The only one that is open."""
    found = [one for one in (await get(wang, "/api/emergencies"))["emergencies"] if one["unit_id"] == unit]
    assert len(found) <= 1
    return found[0] if found else None


async def test_who_talks_on_dmr_is_told_and_a_press_is_denied_at_once(stage: DataStage) -> None:
    crew = await stage.handset(CREW, DMR)
    told = await stage.network_is("dmr", "up")
    assert {"speak", "hear", "grant"} <= set(told["lacks"])
    assert told["links"] == [{"talkgroup": DMR, "up": True, "why": "", "why_zh": ""}]
    await stage.radio_set.talk(9, 1.0)
    await until(lambda: [one.event for one in crew.talkers] == ["start", "stop"], "talk")
    assert crew.talkers[0].talker.party == f"dmr:{DMR_RADIO}"
    await crew.press()
    assert (await crew.until_told("denied")).cause == "network_denied"
    assert not crew.on_air


async def test_a_radio_of_dmr_is_its_units_presence_texts_and_place(stage: DataStage) -> None:
    wang = await stage.sign_in(WANG)
    await stage.network_is("dmr", "up")
    await stage.give(OTHER, f"dmr:{DMR_RADIO}")
    stage.radio_set.deregister()
    await asyncio.sleep(2.0)
    stage.radio_set.register()
    await stage.until_there(OTHER, "dmr")
    stage.radio_set.text("已到现场", 7)
    await until_text_came(wang, OTHER, "已到现场")

    async def place() -> dict[str, Any] | None:
        # An address that was given to a unit just now counts for positions a little later.
        stage.radio_set.is_at(45.7567, 126.6424)
        await asyncio.sleep(0.5)
        return await place_of(wang, OTHER)

    found = await until(place, "place of the radio", 30.0)
    assert found is not None
    assert found["source"] == "dmr"
    assert abs(found["lat"] - 45.7567) < 1e-4
    # And what a dispatcher writes comes to it, whom nothing else reaches.
    stage.radio_set.heard()
    body = {"op_id": str(uuid4()), "text": "请到经纬街"}
    await post(wang, f"/api/units/{OTHER}/texts", body)
    heard: list[tms.TmsText] = []

    def at_radio() -> bool:
        heard.extend(one for _, one in stage.radio_set.heard() if isinstance(one, tms.TmsText))
        return bool(heard)

    await until(at_radio, "text at the radio", 30.0)
    assert heard[0].text == "请到经纬街"
    stage.radio_set.acknowledge(heard[0].sequence)
    await until_text_is(wang, OTHER, body["op_id"], "delivered")


@pytest.mark.own_process
async def test_a_repeater_that_is_killed_in_mid_talk_is_told_and_comes_back(stage: DataStage) -> None:
    crew = await stage.handset(CREW, DMR)
    await stage.network_is("dmr", "up")
    await stage.radio_set.talk(9, 0.5, end=False)
    await until(lambda: bool(crew.talkers), "talker")
    stage.station.kill()
    await until(lambda: crew.talkers[-1].event == "stop", "its end", 20)
    told = await stage.network_is("dmr", "degraded")
    assert "no repeater has signed in" in told["why"]
    await asyncio.to_thread(stage.station.start)
    await stage.network_is("dmr", "up")


async def test_a_radio_of_tetra_is_heard_seen_told_and_helped(stage: DataStage) -> None:
    ours = SimulatedRadio(SimulatedNetwork(), OUR_ISSI, groups=[9001])
    await ours.listen(stage.tetra_port)
    radio_set = ours.network.unit(TETRA_RADIO, groups=[9001])
    radio_set.reads = True
    try:
        wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, TETRA)
        told = await stage.network_is("tetra", "up")
        assert {"speak", "hear", "grant"} <= set(told["lacks"])
        assert told["links"] == [{"talkgroup": TETRA, "up": True, "why": "", "why_zh": ""}]

        await stage.give(OTHER, f"tetra:{TETRA_RADIO}")
        radio_set.press(9001)
        await until(lambda: [one.event for one in crew.talkers] == ["start"], "talk")
        assert crew.talkers[0].talker.party == f"tetra:{TETRA_RADIO}"
        radio_set.release(9001)
        await until(lambda: [one.event for one in crew.talkers] == ["start", "stop"], "its end")
        await crew.press()
        assert (await crew.until_told("denied")).cause == "network_denied"
        assert not crew.on_air
        await stage.until_there(OTHER, "tetra")
        reference = radio_set.send_text(ours, "已到现场", report=1)
        await radio_set.is_told(ours, reference=reference, timeout_s=20.0)
        await until_text_came(wang, OTHER, "已到现场")

        async def place() -> dict[str, Any] | None:
            # An address that was given to a unit just now counts for positions a little later.
            radio_set.send_position(ours, 45.7567, 126.6424, error_class=1)
            await asyncio.sleep(0.5)
            found = await place_of(wang, OTHER)
            return found if found is not None and found["source"] == "tetra" else None

        found = await until(place, "place of the radio", 30.0)
        assert found is not None
        assert abs(found["lat"] - 45.7567) < 1e-4

        body = {"op_id": str(uuid4()), "text": "请到经纬街"}
        await post(wang, f"/api/units/{OTHER}/texts", body)
        await radio_set.hears(lambda heard: heard.text == "请到经纬街", timeout_s=30.0)
        await until_text_is(wang, OTHER, body["op_id"], "displayed")

        radio_set.send_emergency(ours)
        alarm = await until(lambda: emergency_of(wang, OTHER), "emergency", 30.0)
        assert alarm is not None
        await post(wang, f"/api/emergencies/{alarm['alarm_id']}/acknowledge", {"op_id": str(uuid4())})
        await radio_set.hears(lambda heard: "EMERGENCY ack" in (heard.text or ""), timeout_s=30.0)

        ours.unplug()
        down = await stage.network_is("tetra", "degraded")
        assert down["why"]
        ours.plug()
        await stage.network_is("tetra", "up")
    finally:
        await ours.close()
        ours.network.close()


async def test_who_talks_on_p25_is_told_who_is_there_is_seen_and_an_emergency_call_rings(
    stage: DataStage,
) -> None:
    await stage.recorder.start()
    try:
        wang, crew = await stage.sign_in(WANG), await stage.handset(CREW, P25)
        told = await stage.network_is("p25", "up")
        assert told["can"] == ["presence", "talker"]
        await stage.give(OTHER, f"p25:{P25_UNIT}")
        call_id = stage.recorder.begin(4011, P25_UNIT)
        await until(lambda: [one.event for one in crew.talkers] == ["start"], "talk")
        assert crew.talkers[0].talker.party == f"p25:{P25_UNIT}"
        stage.recorder.end(call_id)
        await until(lambda: [one.event for one in crew.talkers] == ["start", "stop"], "its end")
        await crew.press()
        assert (await crew.until_told("denied")).cause == "network_denied"
        await stage.until_there(OTHER, "p25")
        call_id = stage.recorder.begin(4011, P25_UNIT, emergency=True)
        await until(lambda: emergency_of(wang, OTHER), "emergency", 30.0)
        stage.recorder.end(call_id)
        stage.recorder.kill()
        down = await stage.network_is("p25", "degraded")
        assert "trunk-recorder" in down["why"]
    finally:
        await stage.recorder.stop()
