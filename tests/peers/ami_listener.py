"""Everything that the switch writes to an AMI session, byte for byte, as the rendered account sees it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self

from tests.peers.asterisk import AsteriskPeer


class AmiListener:
    """Logged in between `with` and its end; `text` is what has come so far."""

    def __init__(self, switch: AsteriskPeer) -> None:
        account = switch.settings.ami
        self._link = socket.create_connection(("127.0.0.1", switch.ports.ami), timeout=5)
        secret = account.secret.get_secret_value()
        login = f"Action: Login\r\nUsername: {account.name}\r\nSecret: {secret}\r\n\r\n"
        self._link.sendall(login.encode())
        self._link.settimeout(None)
        self._taken = bytearray()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._link.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._link.close()

    @property
    def text(self) -> bytes:
        return bytes(self._taken)

    def ask(self, *lines: str) -> None:
        """Send an action as it stands."""
        self._link.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())

    def _listen(self) -> None:
        # The switch may end the session first.
        with suppress(ConnectionResetError):
            while piece := self._link.recv(65_536):
                self._taken += piece
