"""A desk that never reads: a plain socket with the smallest receive buffer, which only ever asks for more."""

from __future__ import annotations

import base64
import json
import os
import socket

RECEIVE_BYTES = 4096
ASK = json.dumps({"kind": "resync"}).encode()
AT_ONCE = 2000
"""Requests in one writing: as many as a socket takes is more than the service would ever read."""


class UnreadDesk:
    """Signed in with a cookie; every `ask_for_more` makes the service send a whole snapshot anew."""

    def __init__(self, port: int, cookie: str) -> None:
        self._link = socket.socket()
        self._link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self._link.connect(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        self._link.sendall(
            f"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nCookie: {cookie}\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._link.recv(1)
        if not answer.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(answer.decode(errors="replace"))
        self._link.setblocking(False)
        self._left = b""

    def ask_for_more(self) -> None:
        """As many further requests as the socket takes, each whole."""
        if not self._left:
            self._left = b"".join(_frame() for _ in range(AT_ONCE))
        try:
            self._left = self._left[self._link.send(self._left) :]
        except OSError:
            return  # full, or closed by the service: both are what it is here for

    def gone(self) -> bool:
        """Whether the service has cut the connection. It is written to, never read, so nothing makes room."""
        try:
            self._link.send(_frame())
        except BlockingIOError:
            return False
        except OSError:
            return True
        return False

    def close(self) -> None:
        self._link.close()


def _frame() -> bytes:
    mask = os.urandom(4)
    body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(ASK))
    return bytes([0x81, 0x80 | len(ASK)]) + mask + body
