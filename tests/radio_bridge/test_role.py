"""The role `radio` as it is put together: what it does by itself begins with it, and ends with it."""

from __future__ import annotations

import asyncio
from typing import cast

from core.storage import Storage
from gateway.mqtt import BrokerSettings, MqttLink
from radio_bridge.ports import Link, RadioPorts
from radio_bridge.room import build
from radio_bridge.settings import RadioSettings
from tests.radio_bridge.conftest import RecordingBus

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
    return {name.removeprefix("radio_bridge.") for name in names if name.startswith("radio_bridge.")}


async def test_each_of_its_tasks_runs_until_it_stops(storage: Storage) -> None:
    link = MqttLink(BrokerSettings(tenant="harbin"), client_id="radio")
    room = build(RadioSettings(), RadioPorts(storage, RecordingBus(), cast("Link", link)))
    assert running() == set()
    await room.start()
    assert running() >= BY_ITSELF
    await room.stop()
    assert running() == set()
