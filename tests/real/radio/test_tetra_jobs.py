"""A job goes to a unit that only a TETRA radio reaches: the chain has the radio's own reports, and pre-coded
statuses move the case. The broker is real; the radios and their network are *simulated*.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from field.delivery import store
from field.delivery.settings import EscalationSettings, LimitSettings
from field.settings import FieldSettings
from field.texts import store as texts
from field.units import store as unit_store
from field.units.model import Unit
from radio_bridge.drivers.tetra_pei.settings import TetraPeiSettings
from radio_bridge.settings import RadioSettings
from tests.mqtt.broker import TENANT
from tests.mqtt.field import UNIT, Field, no_leaks
from tests.peers.simulated_tetra import SimulatedNetwork, SimulatedRadio
from tests.real.radio.test_dmr_jobs import Nobody
from tests.waiting import until

pytestmark = pytest.mark.real

TG, ISSI, RADIO = 9001, 1001, 2_621_017
QUICK = LimitSettings(delivered_s=20, displayed_s=20, answered_s=30, next_unit_s=0)


class OnAir(Field):
    def __init__(self, folder: Path, port: int, ours: SimulatedRadio) -> None:
        tetra = TetraPeiSettings.model_validate(
            {"device": f"tcp://127.0.0.1:{port}", "talkgroups": [{"tg": TG}]}
        )
        escalation = EscalationSettings(normal=QUICK, urgent=QUICK)
        settings = FieldSettings(tenant=TENANT, retry_s=1, escalation=escalation)
        super().__init__(folder, {UNIT: "password-17"}, settings, RadioSettings(tetra_pei=tetra))
        self.ours = ours
        self.set = ours.network.unit(RADIO, groups=[TG])
        self.set.reads = True
        self.radio.networks.attach(Nobody())  # type: ignore[arg-type]

    async def start(self) -> None:
        await super().start()
        async with self.centre.storage.write() as transaction:
            await unit_store.change(transaction, Unit(UNIT, "道里一组", addresses=(f"tetra:{RADIO}",)))
        await self.radio.networks.start()
        await until(lambda: self.radio.networks.health()[0].state == "up", "a radio", 20)

    async def stop(self) -> None:
        await self.radio.networks.stop()
        await super().stop()

    def is_at(self, dispatch_id: UUID, step: str) -> bool:
        return self.centre.steps(dispatch_id)[-1:] == [step]

    async def texts(self) -> int:
        async with self.centre.storage.read() as connection:
            return len(await texts.listed(connection, unit_id=UNIT, limit=10))


@pytest.fixture
async def air(tmp_path: Path) -> AsyncIterator[OnAir]:
    async with no_leaks():
        ours = SimulatedRadio(SimulatedNetwork(), ISSI, groups=[TG])
        made = OnAir(tmp_path, await ours.listen(), ours)
        await made.start()
        yield made
        await made.stop()
        await ours.close()
        ours.network.close()


async def test_a_job_is_told_read_accepted_and_done_by_statuses(air: OnAir) -> None:
    dispatch_id = await air.centre.order()
    await air.set.hears(lambda heard: (heard.text or "").startswith("任务0001 暴露垃圾"), timeout_s=20)

    async def stages() -> list[tuple[str, str]]:
        async with air.centre.storage.read() as connection:
            found = await store.find(connection, dispatch_id)
        return [] if found is None else [(one.bearer, one.stage.value) for one in found.deliveries]

    for _ in range(100):
        if ("text", "displayed") in await stages():
            break
        await asyncio.sleep(0.1)
    assert await stages() == [("terminal", "unreachable"), ("text", "displayed")]
    air.set.send_status(air.ours, 32_769)
    await until(lambda: air.centre.steps(dispatch_id) == ["accepted"], "the answer at the centre", 20)
    assert await stages() == [("terminal", "unreachable"), ("text", "accepted")]
    air.set.send_status(air.ours, 40_000)
    for step, code in (("on_the_way", 32_771), ("arrived", 32_772), ("done", 32_773)):
        air.set.send_status(air.ours, code)
        await until(functools.partial(air.is_at, dispatch_id, step), step, 20)
    assert air.centre.steps(dispatch_id) == ["accepted", "on_the_way", "arrived", "done"]
    # A status is no text.
    assert await air.texts() == 0
