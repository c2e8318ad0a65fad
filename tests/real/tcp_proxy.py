"""A TCP proxy in threads, before any port: cuts its connections, lets them go dead, or stops reading."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time

RESET = struct.pack("ii", 1, 0)
POLL_S = 0.2
SEGMENT = 1400
"""Bytes of a TCP segment where the buffer is small. On loopback one may have 64 KiB: a window below that
makes the sender wait for its persist timer, up to seconds, in the middle of plain traffic.
"""


class Pair:
    """One connection through the proxy. Both sides stay open while `dead`, and nothing passes."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.near = near
        self.far = far
        self.dead = False
        self.opened = time.monotonic()

    def reset(self) -> None:
        """Both sides see a reset, as when a machine between them is gone."""
        for one in (self.near, self.far):
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


class TcpProxy:
    """Forwards both ways between `port` and `target` until it is told otherwise.

    `receive_bytes` bounds what the kernel takes from the target ahead of us, so that `stall` is felt soon.
    """

    def __init__(self, target: int, *, receive_bytes: int = 0, host: str = "127.0.0.1") -> None:
        self._target = target
        self._receive_bytes = receive_bytes
        self._flowing = threading.Event()
        self._flowing.set()
        self._server = socket.create_server((host, 0))
        self._server.settimeout(POLL_S)
        self.port: int = self._server.getsockname()[1]
        self.opened: list[float] = []
        self._pairs: list[Pair] = []
        self._threads: list[threading.Thread] = []
        self._ended = threading.Event()
        self._run(self._accept)

    def cut(self) -> None:
        """Reset every connection; new ones pass."""
        for pair in self._pairs:
            pair.reset()
        self._pairs.clear()

    def swallow(self) -> None:
        """Let every open connection go half-open: bytes are taken and lost. New ones pass."""
        for pair in self._pairs:
            pair.dead = True

    def stall(self) -> None:
        """Take nothing more from the target: its writes block once the buffers are full. `flow` ends it."""
        self._flowing.clear()

    def flow(self) -> None:
        self._flowing.set()

    def wait_opened(self, before: int, timeout: float) -> None:
        """Wait until more than `before` connections have ever been opened."""
        deadline = time.monotonic() + timeout
        while len(self.opened) <= before:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody connected again within {timeout} s")
            time.sleep(0.01)

    def close(self) -> None:
        self._ended.set()
        self.flow()
        self.cut()
        self._server.close()
        for thread in self._threads:
            thread.join(2)

    def _run(self, body: object, *arguments: object) -> None:
        assert callable(body)
        thread = threading.Thread(target=body, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                near, _ = self._server.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            try:
                far = self._connect()
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            near.settimeout(None)
            pair = Pair(near, far)
            self.opened.append(pair.opened)
            self._pairs.append(pair)
            self._run(self._pump, pair, near, far)
            self._run(self._pump, pair, far, near)

    def _connect(self) -> socket.socket:
        far = socket.socket()
        try:
            if self._receive_bytes:
                far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_bytes)
                far.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
            far.settimeout(2)
            far.connect(("127.0.0.1", self._target))
        except OSError:
            far.close()
            raise
        return far

    def _pump(self, pair: Pair, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if not pair.dead:
                    sink.sendall(data)
                if source is pair.far:
                    self._flowing.wait()
        except OSError:
            pass
        if not pair.dead:
            pair.reset()
