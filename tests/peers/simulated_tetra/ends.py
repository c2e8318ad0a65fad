"""The simulated radio's ends: a TCP server with one client at a time, and a serial port (pty)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from collections.abc import Callable
from pathlib import Path

PIECE = 4096


class TcpEnd:
    """`arrived` is called with what comes, `met` with each client."""

    def __init__(self, arrived: Callable[[bytes], None], met: Callable[[], None]) -> None:
        self._arrived, self._met = arrived, met
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.open = True
        """Whether a client is let in."""

    @property
    def connected(self) -> bool:
        return self._writer is not None

    async def listen(self, port: int = 0) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.open or self._writer is not None:
            writer.transport.abort()
            return
        self._writer = writer
        self._met()
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while data := await reader.read(PIECE):
                self._arrived(data)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            if self._writer is writer:
                self._writer = None
            writer.close()

    def write(self, data: bytes) -> None:
        if self._writer is not None:
            self._writer.write(data)

    def drop(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
            self._writer = None

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.drop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class PtyEnd:
    """A link at `path` to the port's present name; after `drop` it is another one, as with USB."""

    def __init__(self, path: Path, arrived: Callable[[bytes], None]) -> None:
        self.path = path
        self._arrived = arrived
        self._master = self._slave = -1
        self.plug()

    def plug(self) -> None:
        if self._master >= 0:
            return
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._slave))
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def unplug(self) -> None:
        if self._master < 0:
            return
        asyncio.get_running_loop().remove_reader(self._master)
        self.path.unlink(missing_ok=True)
        for one in (self._slave, self._master):
            os.close(one)
        self._master = self._slave = -1

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._arrived(os.read(self._master, PIECE))

    def write(self, data: bytes) -> None:
        """What the port has no room for is lost, as on a line without flow control."""
        if self._master >= 0:
            with contextlib.suppress(BlockingIOError):
                os.write(self._master, data)
