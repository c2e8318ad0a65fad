"""Jobs over a real broker and, where that does not bring them, over a radio network (simulated): the broker
stopped in mid-dispatch, the terminal is away, the crew answers by radio and asks for the citizen.
"""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cases.events import DispatchStep
from core.ids import uuid7
from field.contract.mobile import topics
from field.delivery import store
from field.delivery.settings import EscalationSettings, LimitSettings
from field.settings import FieldSettings
from field.units import store as unit_store
from field.units.model import Unit
from gateway.mqtt import MqttLink
from tests.field.delivery.radios import SimulatedTextRadio
from tests.mqtt.broker import TENANT
from tests.mqtt.field import UNIT, Field, no_leaks
from tests.waiting import until

pytestmark = pytest.mark.real

RADIO, PHONE = "tetra:2621017", "phone:13904510009"
QUICK = LimitSettings(delivered_s=5, displayed_s=5, answered_s=10, next_unit_s=0)


class Bearers(Field):
    """The field, with a radio network beside the terminals."""

    def __init__(self, folder: Path) -> None:
        settings = FieldSettings(
            tenant=TENANT, retry_s=1, escalation=EscalationSettings(normal=QUICK, urgent=QUICK)
        )
        super().__init__(folder, {UNIT: "password-17"}, settings)
        self.network = SimulatedTextRadio()
        self.radio.room.bearers.attach(self.network)

    async def start(self) -> None:
        await super().start()
        async with self.centre.storage.write() as transaction:
            await unit_store.change(transaction, Unit(UNIT, "道里一组", addresses=(RADIO, PHONE)))

    async def chain(self, dispatch_id: UUID) -> list[tuple[str, str, str]]:
        async with self.centre.storage.read() as connection:
            found = await store.find(connection, dispatch_id)
        return (
            [] if found is None else [(one.purpose, one.bearer, one.stage.value) for one in found.deliveries]
        )


@pytest.fixture
async def field(tmp_path: Path) -> AsyncIterator[Bearers]:
    made = Bearers(tmp_path)
    async with no_leaks():
        await made.start()
        yield made
        await made.stop()


async def test_a_terminal_that_is_away_is_told_by_radio_and_what_comes_later_is_one_job(
    field: Bearers,
) -> None:
    dispatch_id = await field.centre.order()
    await until(lambda: len(field.network.sent) == 1, "the text")
    assert field.network.words[0].startswith("任务0001 暴露垃圾")
    await field.radio.room.delivery_service.delivered(field.network.last_ref)
    heard = field.radio.room.words.heard
    assert await heard("tetra", RADIO, "text", "1", msg_id=uuid7(), at=datetime.now(UTC)) == "applied"
    await until(lambda: field.centre.steps(dispatch_id) == ["accepted"], "the answer at the centre")
    terminal = await field.terminal()
    await terminal.wait_for_job(dispatch_id)
    await terminal.wait_confirmed()
    assert await field.chain(dispatch_id) == [
        ("job", "terminal", "delivered"), ("job", "text", "accepted"),
    ]  # fmt: skip
    await field.centre.recall(dispatch_id)
    await until(lambda: len(field.network.sent) == 2, "the recall by radio")
    await until(lambda: not any(job.open for job in terminal.jobs()), "the recall at the terminal")
    assert field.network.words[1] == "任务0001 已取消，不用去了"


async def test_the_broker_stops_in_mid_dispatch_and_the_job_goes_by_radio(field: Bearers) -> None:
    terminal = await field.terminal()
    first = await field.centre.order()
    await terminal.wait_for_job(first)
    await terminal.wait_confirmed()
    assert await field.chain(first) == [("job", "terminal", "delivered")]
    field.broker.stop()
    # Neither displayed nor answered in time: nobody can say it, and the radio does not need the broker.
    await until(lambda: len(field.network.sent) == 1, "the text while the broker is away", 20)
    field.broker.start()
    terminal.report(first, DispatchStep.ACCEPTED)
    await until(lambda: "accepted" in field.centre.steps(first), "the answer at the terminal", 20)
    assert (await field.chain(first))[0] == ("job", "terminal", "accepted")


def _about(said: list[dict[str, Any]], msg_id: str) -> list[dict[str, Any]]:
    return [one for one in said if one.get("of") == msg_id]


async def test_a_crew_asks_for_the_citizen_on_its_own_topic(field: Bearers) -> None:
    terminal = await field.terminal()
    dispatch_id = await field.centre.order()
    await terminal.wait_for_job(dispatch_id)
    await terminal.stop()
    link = MqttLink(field.broker.settings(UNIT), client_id="asks")
    said: list[dict[str, Any]] = []

    async def hear(message: Any) -> None:
        said.append(json.loads(message.payload))

    link.subscribe(topics.down(TENANT, UNIT, "cmd"), hear, name="cmd")
    await link.start()
    await link.wait_connected(5)
    reasons: list[str] = []
    for step in ("", "accepted"):
        if step:
            await field.radio.room.words.heard(
                "tetra", RADIO, "status", "32769", msg_id=uuid7(), at=datetime.now(UTC)
            )
        now, msg_id = datetime.now(UTC).isoformat(), str(uuid7())
        body = {"msg_id": msg_id, "seq": 90, "ts": now, "sent": now, "dispatch_id": str(dispatch_id)}
        await link.publish(topics.up(TENANT, UNIT, "talk"), json.dumps(body).encode())
        answers = functools.partial(_about, said, msg_id)
        await until(answers, "the receipt")
        reasons += [one["reason"] for one in answers()]
    await link.stop()
    assert reasons == ["job-not-accepted", ""]
    assert (await field.chain(dispatch_id))[-1] == ("talk", "call", "queued")
