"""A real Mosquitto on the configuration that Songhua itself renders: what operators run is what is tested."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from pydantic import SecretStr

from gateway.mqtt import BrokerSettings
from gateway.mqtt.mosquitto import Rendered, Tls, render
from tests.peers.checkout import program
from tests.peers.mosquitto import _answers
from tests.peers.ports import free_port, release
from tests.peers.program import Program
from tests.waiting import wait_for

TENANT = "harbin"


class RenderedBroker:
    """Survives `stop`, `kill` and `start` on the same ports, with what it had kept."""

    def __init__(
        self, folder: Path, *, units: Mapping[str, str] | None = None, tls: Tls | None = None
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.websocket_port = free_port()
        self.rendered: Rendered = render(
            folder, tenant=TENANT, tcp_port=self.port, ws_port=self.websocket_port, units=units, tls=tls
        )
        self._units = dict(units or {})
        self._awaited: tuple[int, ...] = (self.port, self.websocket_port)
        self._program: Program | None = None

    @property
    def program(self) -> Program:
        assert self._program is not None, "this broker was not started"
        return self._program

    def listens_on(self, *ports: int) -> None:
        """Wait for these at the start: it was rendered anew, with other listeners."""
        self._awaited = ports

    def start(self) -> None:
        argv: list[str | PathLike[str]] = [
            program("mosquitto", package="mosquitto"),
            "-c",
            self.rendered.config,
        ]
        self._program = Program(argv, log=self.folder / "mosquitto.log")
        self._program.wait_until(
            lambda: all(_answers(port) for port in self._awaited),
            what="a listening broker",
            timeout=10,
        )

    def stop(self) -> None:
        if self._program is not None:
            self._program.stop()

    def kill(self) -> None:
        self.program.kill()

    def close(self) -> None:
        self.stop()
        release(self.port)
        release(self.websocket_port)

    def settings(self, user: str, password: str | None = None) -> BrokerSettings:
        """For a role, or for one of the units that were rendered."""
        known = {**self.rendered.passwords, **self._units}
        return BrokerSettings(
            port=self.port,
            tenant=TENANT,
            user=user,
            password=SecretStr(known[user] if password is None else password),
            keepalive_s=5,
            publish_timeout_s=3,
            will_delay_s=0,
        )

    def log(self) -> str:
        return self.program.log.read_text(errors="replace")


def wait_for_port(port: int, timeout_s: float = 5.0) -> None:
    wait_for(lambda: _answers(port), "broker that listens", timeout_s)
