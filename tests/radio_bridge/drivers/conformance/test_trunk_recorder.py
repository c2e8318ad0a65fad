"""The trunk_recorder driver over a real Mosquitto; the recorder behind it is a *simulator*."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.clock import SystemClock
from gateway.mqtt import BrokerSettings, MqttLink
from radio_bridge.drivers.trunk_recorder import health
from radio_bridge.drivers.trunk_recorder.driver import TrunkRecorderDriver
from radio_bridge.drivers.trunk_recorder.settings import TrunkRecorderSettings
from tests.peers.mosquitto import Account, MosquittoPeer
from tests.peers.recorder_payloads import SYSTEM
from tests.peers.simulated_recorder import SimulatedRecorder
from tests.radio_bridge.drivers.conformance.data_control import DataControl
from tests.radio_bridge.drivers.conformance.data_suite import ListenedWorld, ListeningConformance

pytestmark = pytest.mark.real

TG, GROUP, UNIT = 4011, "p25:4011", 899_003
TOPIC, UNITS = "scanner/feeds", "scanner/units"
QUICK_S = 4.0


class RecorderWorld(ListenedWorld):
    group = GROUP
    other = f"p25:{UNIT}"

    def __init__(self, broker: MosquittoPeer, recorder: SimulatedRecorder) -> None:
        self.broker = broker
        self.recorder = recorder
        self._talks: set[asyncio.Task[None]] = set()

    def other_talks(self, seconds: float, *, end: bool = True, emergency: bool = False) -> None:
        for running in self._talks:
            running.cancel()
        talk = asyncio.ensure_future(self._talk(seconds, end=end, emergency=emergency))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, seconds: float, *, end: bool, emergency: bool) -> None:
        call_id = self.recorder.begin(TG, UNIT, emergency=emergency)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.recorder.end(call_id, said=end)

    def other_registers(self) -> None:
        self.recorder.say_unit("on", UNIT)

    def other_leaves(self) -> None:
        self.recorder.say_unit("off", UNIT)

    def voice_at_other(self) -> int:
        """There is no way there."""
        return 0

    def kill_network(self) -> None:
        self.recorder.kill()

    async def start_network(self) -> None:
        await self.recorder.start()

    def freeze_network(self) -> None:
        self.recorder.frozen = True

    def thaw_network(self) -> None:
        self.recorder.frozen = False

    def garbage(self) -> None:
        for kind in ("call_start", "call_end", "calls_active", "rates", "trunk_recorder/status", "audio"):
            for payload in (b"", b"\xff\xfe", b"[]", b'{"call": 1, "calls": {}}', b"[" * 50_000):
                self.recorder.say_raw(f"{TOPIC}/{kind}", payload)
        for kind in ("on", "off", "call", "nonsense"):
            self.recorder.say_raw(f"{UNITS}/{SYSTEM}/{kind}", b'{"on": {"unit": "x"}}')


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RecorderWorld]:
    recorder = Account("recorder", acl=(f"topic write {TOPIC}/#", f"topic write {UNITS}/#"))
    listener = Account("songhua", acl=(f"topic read {TOPIC}/#", f"topic read {UNITS}/#"))
    broker = MosquittoPeer(tmp_path / "broker", accounts=[recorder, listener])
    await asyncio.to_thread(broker.start)
    simulated = SimulatedRecorder(
        broker.port, recorder.name, recorder.password, topic=TOPIC, unit_topic=UNITS
    )
    made = RecorderWorld(broker, simulated)
    account = BrokerSettings(
        port=broker.port, user=listener.name, password=SecretStr(listener.password), session_expiry_s=0
    )
    link = MqttLink(account, client_id="songhua-recorder")
    settings = TrunkRecorderSettings.model_validate(
        {"system": SYSTEM, "topic": TOPIC, "unit_topic": UNITS, "talkgroups": [{"tg": TG}]}
    )
    driver = TrunkRecorderDriver(settings, link, SystemClock(), silent_s=QUICK_S)
    made.control = DataControl(driver)
    await driver.start()
    await link.start()
    await made.start_network()
    await made.control.up(20.0)
    yield made
    await simulated.stop()
    await driver.stop()
    await link.stop()
    await asyncio.to_thread(broker.close)


class TestTrunkRecorder(ListeningConformance):
    """The part of the suite for a network that can only be listened to."""


async def test_who_signs_off_is_not_there(world: RecorderWorld) -> None:
    control = world.control
    world.other_registers()
    await control.until(lambda: world.other in control.nodes, "radio")
    assert control.kept.registered == [world.other]
    world.other_leaves()
    await control.until(lambda: world.other not in control.nodes, "its end", 5.0)


async def test_garbage_harms_nothing(world: RecorderWorld) -> None:
    control = world.control
    world.garbage()
    world.recorder.say("trunk_recorder/status", b'{"status": "connected"}')
    world.other_talks(0.5)
    await control.until(lambda: len(control.talks(GROUP)) == 2, "a talk")
    await control.up()


async def test_a_recorder_that_says_nothing_is_noticed_and_comes_back(world: RecorderWorld) -> None:
    control = world.control
    world.other_talks(30.0)
    await control.until(lambda: control.talker(GROUP) == world.other, "talker")
    world.freeze_network()
    await control.until(lambda: control.driver.health().why == health.SILENT, "silence", 10.0)
    await control.until(lambda: control.talker(GROUP) is None, "end of the talk", 2.0)
    world.thaw_network()
    await control.up()
    # Its list has the talk.
    await control.until(lambda: control.talker(GROUP) == world.other, "talker")


async def test_a_broker_that_is_gone_is_told_apart_from_the_recorder(world: RecorderWorld) -> None:
    control = world.control
    await asyncio.to_thread(world.broker.kill)
    await control.until(lambda: control.driver.health().why == health.BROKER, "broker", 20.0)
    await world.recorder.stop()
    await asyncio.to_thread(world.broker.restart)
    await world.start_network()
    await control.up(20.0)
    world.recorder.kill()
    await control.until(lambda: control.driver.health().why in {health.GONE, health.SILENT}, "recorder", 20.0)


async def test_what_the_recorder_hears_of_other_systems_is_not_ours(world: RecorderWorld) -> None:
    control = world.control
    world.recorder.say_raw(f"{UNITS}/other-system/on", b'{"on": {"sys_name": "other-system", "unit": 7}}')
    world.other_registers()
    await control.until(lambda: bool(control.nodes), "radio")
    assert control.nodes == {world.other}
