"""The peers as pytest fixtures: one for each module, shared by its tests and stopped at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.asterisk import AsteriskPeer, private_settings
from tests.peers.mosquitto import Account, MosquittoPeer
from tests.peers.shared_postgres import SharedPostgres


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskPeer]:
    """An Asterisk with a trunk from 127.0.0.1, `agent-1` (SIP) and `agent-2` (browser)."""
    peer = AsteriskPeer(private_settings(tmp_path_factory.mktemp("asterisk")))
    peer.start()
    yield peer
    peer.close()


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MosquittoPeer]:
    """A broker with one account, `centre`, that may do everything; add more with `add`."""
    peer = MosquittoPeer(tmp_path_factory.mktemp("mosquitto"), accounts=[Account("centre")])
    peer.start()
    yield peer
    peer.close()


@pytest.fixture(scope="session")
def postgres_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> str:
    """Address for SQLAlchemy with asyncpg of the private PostgreSQL that all processes of the run share."""
    folder = tmp_path_factory.getbasetemp()
    cluster = SharedPostgres(folder if worker_id == "master" else folder.parent)
    # At the very end and not with the last test, whose time does not count the wait for other processes.
    request.config.add_cleanup(cluster.leave)
    return cluster.join()


@pytest.fixture
def peer_folder(tmp_path: Path) -> Path:
    """A folder for peers that a test starts itself."""
    return tmp_path / "peers"
