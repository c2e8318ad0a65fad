"""Connections from outside are encrypted and checked, and a renewed certificate ends none of them."""

from __future__ import annotations

import signal
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.mqtt import BrokerAway, BrokerSettings, MqttLink
from gateway.mqtt.mosquitto import Tls, render
from gateway.tls.folder import TlsFolder
from radio_bridge.mobile import topics
from tests.mqtt.broker import TENANT, RenderedBroker
from tests.mqtt.field import no_leaks
from tests.peers.ports import free_port, release
from tests.waiting import until

pytestmark = pytest.mark.real

NAMES = ("localhost", "127.0.0.1")
UNIT = "app:17"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TlsFolder:
    made = TlsFolder(tmp_path_factory.mktemp("tls"))
    made.init(NAMES, datetime.now(UTC))
    return made


# --- the broker -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EncryptedBroker:
    broker: RenderedBroker
    port: int
    authority: TlsFolder

    def link(self, ca: Path | None, *, tls: bool = True, port: int = 0) -> MqttLink:
        account: BrokerSettings = self.broker.settings(UNIT)
        wanted = {"port": port or self.port, "tls": tls, "ca_file": ca}
        return MqttLink(account.model_copy(update=wanted), client_id=UNIT)

    def shown(self) -> str:
        """The certificate that a new connection gets, as PEM."""
        return ssl.get_server_certificate(
            ("127.0.0.1", self.port), ca_certs=str(self.authority.authority.certificate)
        )


@pytest.fixture(scope="module")
def broker(authority: TlsFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EncryptedBroker]:
    """With TLS alone, as `songhua broker render` writes it where [mqtt] tls is set."""
    folder = tmp_path_factory.mktemp("broker")
    made = RenderedBroker(folder, units={UNIT: "password-17"})
    port, ws_port = free_port(), free_port()
    files = authority.service("broker")
    render(
        folder, tenant=TENANT, tcp_port=made.port, ws_port=made.websocket_port, plain=False,
        tls=Tls(files.certificate, files.key, port, ws_port, "127.0.0.1"),
    )  # fmt: skip
    made.listens_on(port, ws_port)
    made.start()
    yield EncryptedBroker(made, port, authority)
    made.close()
    release(port)
    release(ws_port)


@pytest.fixture
async def _nothing_left() -> AsyncIterator[None]:
    async with no_leaks():
        yield


@pytest.mark.usefixtures("_nothing_left")
async def test_a_terminal_trusts_the_city_authority_and_keeps_its_link_while_the_certificate_is_renewed(
    broker: EncryptedBroker,
) -> None:
    link = broker.link(broker.authority.authority.certificate)
    await link.start()
    await link.wait_connected(10)
    before = broker.shown()
    broker.authority.renew(NAMES, datetime.now(UTC), force=True)
    broker.broker.program.signal(signal.SIGHUP)
    await until(lambda: broker.shown() != before, what="the renewed certificate at the broker")
    await link.publish(topics.up(TENANT, UNIT, "status"), b"{}")
    assert broker.broker.log().count(f"as {UNIT}") == 1, "the link was made anew"
    await link.stop()


@pytest.mark.usefixtures("_nothing_left")
async def test_a_broker_of_another_authority_and_one_without_tls_get_no_password(
    broker: EncryptedBroker, tmp_path: Path
) -> None:
    other = TlsFolder(tmp_path)
    other.init(NAMES, datetime.now(UTC))
    before = broker.broker.log().count(f"as {UNIT}")
    links = [
        broker.link(other.authority.certificate),
        broker.link(None),
        broker.link(None, tls=False),
        broker.link(None, tls=False, port=broker.broker.port),
    ]
    for link in links:
        await link.start()
    for link in links:
        with pytest.raises(BrokerAway):
            await link.wait_connected(1)
        await link.stop()
    assert broker.broker.log().count(f"as {UNIT}") == before
