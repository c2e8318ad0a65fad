"""Just enough of the manager's protocol for tests that must see what the project's own client leaves out."""

from __future__ import annotations

import socket
import time

from tests.peers.asterisk import AsteriskPeer


class AmiLink:
    """Just enough AMI to place a tap and to see every event that comes."""

    def __init__(self, switch: AsteriskPeer) -> None:
        user = switch.settings.ami
        self._link = socket.create_connection(("127.0.0.1", switch.ports.ami), timeout=20)
        self._text = b""
        self.send(Action="Login", Username=user.name, Secret=user.secret.get_secret_value())

    def send(self, **headers: str) -> None:
        self._link.sendall(
            "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"
        )

    def messages(self, seconds: float) -> list[str]:
        """Everything that arrived since the log-in, after listening for a while longer."""
        self._link.settimeout(0.2)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self._text += self._link.recv(65536)
            except TimeoutError:
                continue
        return self._text.decode(errors="replace").split("\r\n\r\n")

    def close(self) -> None:
        self._link.close()
