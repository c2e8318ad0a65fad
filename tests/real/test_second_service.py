"""`songhua serve` a second time on the same database and broker: it says who is there and disturbs nobody."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.mqtt.broker import RenderedBroker
from tests.peers.asterisk import AsteriskPeer, private_settings
from tests.peers.checkout import CHECKOUT
from tests.peers.songhua import Broker, SonghuaPeer
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(200)]


def second(service: SonghuaPeer, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "serve", *words, "--config", str(service.config)],
        cwd=CHECKOUT, env={**os.environ, "COLUMNS": "300"}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


def links(broker: RenderedBroker) -> int:
    """How often anybody has come to the broker: who takes a session over comes too."""
    return (broker.folder / "mosquitto.log").read_text().count("New client connected")


def test_a_second_service_names_the_first_and_leaves_it_alone(tmp_path: Path) -> None:
    switch = AsteriskPeer(private_settings(tmp_path / "asterisk"))
    mosquitto = RenderedBroker(tmp_path / "broker")
    accounts = Broker(mosquitto.port, mosquitto.websocket_port, mosquitto.rendered.passwords)
    service = SonghuaPeer(tmp_path / "service", asterisk=switch, broker=accounts)
    service.prepare(())
    mosquitto.start()
    try:
        service.start(role="radio")
        wait_for(lambda: links(mosquitto) == 2, "the links of the role and of its floor")
        for words in ((), ("--role", "radio")):
            code, said = second(service, *words)
            lines = [line for line in said.splitlines() if "Another process has this role" in line]
            assert (code, len(lines)) == (1, 1), said
            assert f"pid {service.program.pid}" in lines[0]
        assert links(mosquitto) == 2
        assert service.program.running
        service.program.kill()
        began = time.monotonic()
        service.start(role="radio")
        print(f"up again after {time.monotonic() - began:.1f} s")
    finally:
        service.close()
        mosquitto.close()
