"""A job goes to a unit that only a radio reaches, over a real repeater program: the chain has the radio's own
report, and its answer by text moves the case. The broker is real, the radio behind the repeater a simulator.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from field.delivery import store
from field.delivery.settings import EscalationSettings, LimitSettings
from field.settings import FieldSettings
from field.texts import store as texts
from field.units import store as unit_store
from field.units.model import Unit
from radio_bridge.codecs import tms
from radio_bridge.drivers.dmr_homebrew.settings import DmrHomebrewSettings
from radio_bridge.settings import RadioSettings
from tests.mqtt.broker import TENANT
from tests.mqtt.field import UNIT, Field, no_leaks
from tests.peers.homebrew import HomebrewStation, Radio
from tests.peers.ports import free_port, release
from tests.waiting import until

pytestmark = pytest.mark.real

REPEATER, RADIO, CENTRE, PASSWORD = 460_451, 4_604_517, 4_600_001, "s3cr37w0rd"
QUICK = LimitSettings(delivered_s=20, displayed_s=20, answered_s=30, next_unit_s=0)


class Nobody:
    """Floor control is not in this test: no talk is asked for, none is told."""

    def __getattr__(self, name: str) -> object:
        return lambda *_, **__: None


class OnAir(Field):
    def __init__(self, folder: Path, port: int) -> None:
        dmr = DmrHomebrewSettings.model_validate(
            {
                "port": port,
                "talkgroups": [{"tg": 9}],
                "repeaters": [{"id": REPEATER, "password": PASSWORD}],
                "centre_id": CENTRE,
            }
        )
        escalation = EscalationSettings(normal=QUICK, urgent=QUICK)
        settings = FieldSettings(tenant=TENANT, retry_s=1, escalation=escalation)
        super().__init__(folder, {UNIT: "password-17"}, settings, RadioSettings(dmr_homebrew=dmr))
        self.station = HomebrewStation(folder, master_port=port, number=REPEATER, password=PASSWORD)
        self.set = Radio(self.station, RADIO, CENTRE)
        self.radio.networks.attach(Nobody())  # type: ignore[arg-type]

    async def start(self) -> None:
        await super().start()
        async with self.centre.storage.write() as transaction:
            await unit_store.change(transaction, Unit(UNIT, "道里一组", addresses=(f"dmr:{RADIO}",)))
        await self.radio.networks.start()
        await asyncio.to_thread(self.station.start)
        await until(lambda: self.radio.networks.health()[0].state == "up", "a repeater", 20)
        self.set.register()
        await asyncio.sleep(0.5)

    async def stop(self) -> None:
        await self.radio.networks.stop()
        await asyncio.to_thread(self.station.close)
        await super().stop()

    async def next_text(self) -> tms.TmsText:
        """What comes to the radio next."""
        heard: list[tms.TmsText] = []

        def came() -> bool:
            heard.extend(one for _, one in self.set.heard() if isinstance(one, tms.TmsText))
            return bool(heard)

        await until(came, "a text at the radio", 20)
        return heard[0]

    async def texts(self) -> int:
        async with self.centre.storage.read() as connection:
            return len(await texts.listed(connection, unit_id=UNIT, limit=10))


@pytest.fixture
async def air(tmp_path: Path) -> AsyncIterator[OnAir]:
    port = free_port()
    made = OnAir(tmp_path, port)
    async with no_leaks():
        await made.start()
        yield made
        await made.stop()
    release(port)


async def test_a_job_is_told_reported_and_accepted_by_radio(air: OnAir) -> None:
    dispatch_id = await air.centre.order()
    text = await air.next_text()
    assert text.text.startswith("任务0001 暴露垃圾")
    air.set.acknowledge(text.sequence)

    async def stages() -> list[tuple[str, str]]:
        async with air.centre.storage.read() as connection:
            found = await store.find(connection, dispatch_id)
        return [] if found is None else [(one.bearer, one.stage.value) for one in found.deliveries]

    for _ in range(100):
        if ("text", "delivered") in await stages():
            break
        await asyncio.sleep(0.1)
    assert await stages() == [("terminal", "unreachable"), ("text", "delivered")]
    air.set.text("1", 7)
    await until(lambda: air.centre.steps(dispatch_id) == ["accepted"], "the answer at the centre", 20)
    assert await stages() == [("terminal", "unreachable"), ("text", "accepted")]
    # A word about a job is no text; what the table does not know is one.
    assert await air.texts() == 0
    air.set.text("井盖已换", 8)
    for _ in range(100):
        if await air.texts():
            break
        await asyncio.sleep(0.1)
    assert await air.texts() == 1
