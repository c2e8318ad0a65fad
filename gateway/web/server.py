"""The HTTP server as a part of the process: binds before it says that it has started."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from core.errors import SonghuaError
from core.log import logger
from gateway.settings import WebSettings
from gateway.web.websocket import SparingWebSocket

_log = logger("gateway")


class PortTaken(SonghuaError):
    kind = "port-taken"
    title = "The web cannot listen there"


class _Server(uvicorn.Server):
    """Signals belong to the process (`gateway.app`), not to its HTTP server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    name = "web"

    def __init__(self, app: Starlette, settings: WebSettings) -> None:
        self._settings = settings
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            ws=SparingWebSocket,
            ws_max_size=4096,
            # Deflate took a quarter of the processor time of a pop among fifty desks, and memory for each.
            ws_per_message_deflate=False,
            ws_ping_interval=20,
            timeout_graceful_shutdown=3,
        )
        self._server = _Server(config)
        self._serving: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self) -> None:
        """Raises `PortTaken`, which names the address and what to change."""
        listener = socket.socket(socket.AF_INET6 if ":" in self._settings.host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._settings.host, self._settings.port))
        except OSError as error:
            listener.close()
            where = f"{self._settings.host}:{self._settings.port}"
            raise PortTaken(
                f"{where}: {error.strerror}",
                remedy="stop what listens there or set web.port (0 takes a free one)",
            ) from error
        self.port = listener.getsockname()[1]
        _write_port(self._settings.port_file, self.port)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]), name="web")
        while not self._server.started and not self._serving.done():  # noqa: ASYNC110  # uvicorn has no event
            await asyncio.sleep(0.01)
        _log.info("web listens", host=self._settings.host, port=self.port)

    async def stop(self) -> None:
        if self._serving is None:
            return
        self._server.should_exit = True
        await asyncio.gather(self._serving, return_exceptions=True)


def _write_port(file: Path | None, port: int) -> None:
    if file is not None:
        partial = file.with_suffix(".partial")
        partial.write_text(f"{port}\n", encoding="utf-8")
        partial.replace(file)
