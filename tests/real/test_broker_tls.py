"""The broker with TLS, as it is rendered: roles and terminals that check its certificate, and those that
must not be let through.
"""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from field.contract.mobile import topics
from gateway.mqtt import BrokerAway, BrokerSettings, MqttLink
from gateway.mqtt.mosquitto import Tls, render
from tests.mqtt.broker import TENANT, RenderedBroker
from tests.mqtt.field import no_leaks, until
from tests.peers.ports import free_port, release

pytestmark = pytest.mark.real


def certificate(folder: Path, name: str, address: str = "127.0.0.1") -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    made = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{address}",
            "-out", made[0], "-keyout", made[1],
        ],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return made


@dataclass(frozen=True, slots=True)
class TlsBroker:
    folder: Path
    broker: RenderedBroker
    authority: Path
    port: int
    ws_port: int

    def settings(self, authority: Path | None, user: str = "app:17") -> BrokerSettings:
        plain = self.broker.settings(user)
        return plain.model_copy(update={"port": self.port, "tls": True, "ca_file": authority})


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[TlsBroker]:
    authority, key = certificate(tmp_path, "broker")
    broker = RenderedBroker(tmp_path / "broker", units={"app:17": "password-17"})
    port, ws_port = free_port(), free_port()
    render(
        tmp_path / "broker", tenant=TENANT, tcp_port=broker.port, ws_port=broker.websocket_port,
        tls=Tls(authority, key, port, ws_port, "127.0.0.1"),
    )  # fmt: skip
    broker.start()
    async with no_leaks():
        yield TlsBroker(tmp_path, broker, authority, port, ws_port)
    broker.close()
    release(port)
    release(ws_port)


async def test_a_terminal_that_knows_the_brokers_certificate_speaks_with_it(world: TlsBroker) -> None:
    link = MqttLink(world.settings(world.authority), client_id="app:17")
    await link.start()
    await link.wait_connected(10)
    # Longer than one record of TLS: what waits inside it is read to its end.
    assert await link.publish(topics.up(TENANT, "app:17", "status"), b"x" * 60_000) is False
    await link.stop()


@pytest.mark.parametrize("wrong", ["another authority", "the machine's own", "no file"])
async def test_a_broker_that_cannot_be_trusted_gets_no_password(world: TlsBroker, wrong: str) -> None:
    other, _ = certificate(world.folder, "other")
    files = {"another authority": other, "the machine's own": None, "no file": world.folder / "none.pem"}
    link = MqttLink(world.settings(files[wrong]), client_id="app:17")
    await link.start()
    with pytest.raises(BrokerAway):
        await link.wait_connected(2)
    assert link.health().state == "degraded"
    await link.stop()
    assert "as app:17" not in world.broker.log()


async def test_a_certificate_for_another_address_is_not_taken(world: TlsBroker) -> None:
    elsewhere, key = certificate(world.folder, "elsewhere", "192.0.2.1")
    world.broker.stop()
    render(
        world.folder / "broker", tenant=TENANT, tcp_port=world.broker.port,
        ws_port=world.broker.websocket_port, tls=Tls(elsewhere, key, world.port, world.ws_port, "127.0.0.1"),
    )  # fmt: skip
    world.broker.start()
    link = MqttLink(world.settings(elsewhere), client_id="app:17")
    await link.start()
    with pytest.raises(BrokerAway):
        await link.wait_connected(2)
    await link.stop()


async def test_a_terminal_without_tls_is_not_heard_where_tls_is_spoken(world: TlsBroker) -> None:
    plain = world.broker.settings("app:17").model_copy(update={"port": world.port})
    link = MqttLink(plain, client_id="app:17")
    await link.start()
    with pytest.raises(BrokerAway):
        await link.wait_connected(2)
    await link.stop()
    again = MqttLink(world.settings(world.authority), client_id="app:17")
    await again.start()
    await until(lambda: again.connected, what="a connection with TLS, after nonsense on its port")
    await again.stop()
