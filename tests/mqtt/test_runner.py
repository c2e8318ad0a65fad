"""The broker's runner: refusals in its log are told to the role `radio`, many of one kind at once, and
nothing holds up the log.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from core.errors import Unavailable
from core.metrics import REGISTRY
from gateway.mqtt import runner
from gateway.mqtt.link import MqttLink
from gateway.mqtt.runner import BrokerRunner
from gateway.processes.notify import ServiceNotifier
from tests.mqtt.test_refusals import CONNECT, DENIED

TOPIC = b"v1/harbin/unit/app:17/up/status"
# A broker: it writes its log, and ends when a file says that it was read.
BROKER = """
import pathlib, sys, time
sys.stderr.buffer.write(pathlib.Path(sys.argv[1]).read_bytes())
sys.stderr.flush()
until = time.monotonic() + 20
while not pathlib.Path(sys.argv[2]).exists() and time.monotonic() < until:
    time.sleep(0.01)
sys.exit(3 if time.monotonic() < until else 4)
"""


class Link:
    """An account at the broker that keeps what is published; it may be away."""

    tenant = "harbin"

    def __init__(self, told: Path, *, away: bool = False) -> None:
        self.published: list[tuple[str, dict[str, Any]]] = []
        self.stopped = False
        self._told, self._away = told, away

    async def start(self) -> None: ...

    async def stop(self) -> None:
        self.stopped = True

    async def wait_connected(self, within_s: float) -> None:
        if self._away:
            self._told.touch()
            raise Unavailable("the broker is away", remedy="")

    async def publish(self, topic: str, body: bytes) -> None:
        self.published.append((topic, json.loads(body)))
        self._told.touch()


async def run(folder: Path, log: bytes, *, away: bool = False) -> tuple[int, Link]:
    told, written = folder / "told", folder / "log"
    written.write_bytes(log)
    link = Link(told, away=away)
    program = [sys.executable, "-c", BROKER, str(written), str(told)]
    return await BrokerRunner(program, cast("MqttLink", link)).run(), link


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"songhua_{name}_total", labels) or 0.0


async def test_a_flood_of_refusals_is_one_message_with_its_number(tmp_path: Path) -> None:
    seen = counted("mqtt_refusals", kind="unit")
    log = [CONNECT % (b"c", b"app:18"), *[DENIED % (b"c", TOPIC)] * 5]
    code, link = await run(tmp_path, b"\n".join(log) + b"\n")
    assert code == 3
    assert link.stopped
    [(topic, body)] = link.published
    assert topic == "v1/harbin/broker/refused"
    assert body["times"] == 5
    assert counted("mqtt_refusals", kind="unit") == seen + 5


async def test_systemd_is_told_when_an_account_was_let_in(tmp_path: Path) -> None:
    told, written = tmp_path / "told", tmp_path / "log"
    written.write_bytes(b"")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        program = [sys.executable, "-c", BROKER, str(written), str(told)]
        notifier = ServiceNotifier(systemd.getsockname())
        running = asyncio.ensure_future(BrokerRunner(program, cast("MqttLink", Link(told)), notifier).run())
        assert await asyncio.to_thread(systemd.recv, 100) == b"READY=1"
        told.touch()
        assert await running == 3
        assert systemd.recv(100) == b"STOPPING=1"


async def test_what_cannot_be_told_is_counted(tmp_path: Path) -> None:
    lost = counted("mqtt_refusals_untold")
    log = [CONNECT % (b"c", b"app:18"), *[DENIED % (b"c", TOPIC)] * 2]
    _, link = await run(tmp_path, b"\n".join(log) + b"\n", away=True)
    assert link.published == []
    assert counted("mqtt_refusals_untold") == lost + 2


async def test_more_than_there_is_room_for_is_counted_and_holds_up_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "WAITING", 3)
    lost = counted("mqtt_refusals_untold")
    log = [CONNECT % (b"c", b"app:18"), *[DENIED % (b"c", TOPIC)] * 10]
    code, link = await run(tmp_path, b"\n".join(log) + b"\n")
    assert code == 3
    assert sum(body["times"] for _, body in link.published) == 3
    assert counted("mqtt_refusals_untold") == lost + 7


async def test_a_broker_that_is_not_there_is_said_with_its_remedy(tmp_path: Path) -> None:
    link = cast("MqttLink", Link(tmp_path))
    with pytest.raises(Unavailable, match="mosquitto is not installed"):
        await BrokerRunner([str(tmp_path / "mosquitto")], link).run()
