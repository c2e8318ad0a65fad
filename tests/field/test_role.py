"""The role `radio` as it is put together: what it does by itself begins with it, and ends with it."""

from __future__ import annotations

import asyncio
from typing import cast

from core.link import BrokerLink
from core.storage import Storage
from field.ports import RadioPorts
from field.radio.room import build
from field.settings import FieldSettings
from gateway.mqtt import BrokerSettings, MqttLink
from tests.field.conftest import RecordingBus

BY_ITSELF = {
    "downlink",
    "emergencies",
    "emergency-calls",
    "texts",
    "chains",
    "old-chains",
    "places",
    "pretended",
}


def running() -> set[str]:
    names = (task.get_name() for task in asyncio.all_tasks())
    return {name.removeprefix("field.") for name in names if name.startswith("field.")}


async def test_each_of_its_tasks_runs_until_it_stops(storage: Storage) -> None:
    link = MqttLink(BrokerSettings(tenant="harbin"), client_id="radio")
    room = build(FieldSettings(), RadioPorts(storage, RecordingBus(), cast("BrokerLink", link)))
    assert running() == set()
    await room.start()
    assert running() >= BY_ITSELF
    await room.stop()
    assert running() == set()
