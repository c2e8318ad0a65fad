"""coturn with the configuration that we ship, on ports and with a certificate of its own; and its client."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.peers.checkout import CHECKOUT
from tests.peers.ports import free_port, release
from tests.peers.program import Program
from tests.peers.server_certificate import server_certificate

SHIPPED = CHECKOUT / "deploy" / "coturn" / "turnserver.conf"
SECRET = "a-secret-shared-with-turn"
SWITCH = "127.0.0.5"
"""The only address to which it relays."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """What coturn's own client saw of its messages to a peer."""

    sent: int
    received: int
    said: str


class CoturnPeer:
    """The server; close it at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.tls_port = free_port(), free_port()
        self._certificate, self._key = server_certificate(folder)
        self.config = folder / "turnserver.conf"
        self.config.write_text(self._shipped(), encoding="utf-8")
        argv = ["turnserver", "-c", str(self.config), "--log-file", "stdout", "--simple-log"]
        argv += ["--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1", "--allow-loopback-peers"]
        argv += ["--pidfile", str(folder / "pid"), "--userdb", str(folder / "turndb")]
        self._server = Program(argv, log=folder / "turnserver.log")
        self._server.wait_until(self._answers, what="coturn that listens")

    def relay(self, username: str, credential: str, to: tuple[str, int], *, tls: bool = False) -> Relayed:
        """Send four messages of 100 bytes to somebody who sends each back; over UDP, or TCP with TLS."""
        port, way = (self.tls_port, ["-t", "-S"]) if tls else (self.port, [])
        done = subprocess.run(
            [
                "turnutils_uclient", *way, "-u", username, "-w", credential, "-p", str(port),
                "-e", to[0], "-r", str(to[1]), "-n", "4", "-l", "100", "-m", "1", "-c", "127.0.0.1",
            ],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        said = done.stdout + done.stderr
        return Relayed(_last(said, "tot_send_msgs="), _last(said, "tot_recv_msgs="), said)

    def close(self) -> None:
        self._server.stop(5)
        release(self.port)
        release(self.tls_port)

    def _answers(self) -> bool:
        try:
            for port in (self.port, self.tls_port):
                socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    def _shipped(self) -> str:
        text = SHIPPED.read_text(encoding="utf-8")
        for shipped, ours in (
            ("\nlistening-port=3478", f"\nlistening-port={self.port}"),
            ("tls-listening-port=5349", f"tls-listening-port={self.tls_port}"),
            ("THE-SECRET-OF-switch.turn", SECRET),
            ("/etc/coturn/turn.pem", str(self._certificate)),
            ("/etc/coturn/turn.key", str(self._key)),
            ("allowed-peer-ip=192.0.2.5", f"allowed-peer-ip={SWITCH}"),
        ):
            assert shipped in text, shipped
            text = text.replace(shipped, ours)
        return text


def _last(said: str, name: str) -> int:
    found = [part for part in said.replace(",", " ").split() if part.startswith(name)]
    return int(found[-1].removeprefix(name)) if found else 0
