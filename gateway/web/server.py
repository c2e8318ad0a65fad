"""The HTTP server as a part of the process: it binds its port before it reports that it has started."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette

from core.errors import SonghuaError
from core.listening import Addresses, BoundedListener, ConnectionSlots, listen
from core.listening.descriptors import limit, shares
from core.listening.listener import BACKLOG
from core.log import logger
from core.room import Health
from core.tasks import Tasks
from gateway.settings import WebSettings
from gateway.tls.settings import ServerTls
from gateway.web.connection import HEAD_S, KEEP_ALIVE_S, BoundedHttp, in_pieces
from gateway.web.websocket import SparingWebSocket

if TYPE_CHECKING:
    from gateway.tls.served import ServedCertificate

_log = logger("gateway")

LOOK_EVERY_S = 0.5


class PortTaken(SonghuaError):
    kind = "port-taken"
    title = "The web server's port is not available"


class _Server(uvicorn.Server):
    """Signals belong to the process (`gateway.app`), not to its HTTP server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """`most`: connections at once, when fewer than the share of descriptors that the web may have. Raises
    `CertificateUnusable`.
    """

    name = "web"

    def __init__(
        self, app: Starlette, settings: WebSettings, *, of: str = "web", most: int | None = None
    ) -> None:
        self._settings = settings
        self._of = of
        self.certificate = None if settings.tls is None else _certificate(settings.tls, of)
        share = shares(limit()).web
        self.places = ConnectionSlots(
            share if most is None else min(share, most),
            per_address=settings.connections_per_address,
            trusted=Addresses(settings.trusted_proxies),
            first_s=HEAD_S,
        )
        self._tasks = Tasks(of)
        config = uvicorn.Config(
            in_pieces(app),
            # asyncio's own event loop and h11: our listener and our protocol are made for them.
            http=_protocol(self.places),
            log_config=None,
            access_log=False,
            server_header=False,
            ws=SparingWebSocket,
            ws_max_size=4096,
            # Deflate took a quarter of the processor time of a pop among fifty desks, and memory for each.
            ws_per_message_deflate=False,
            ws_ping_interval=20,
            timeout_graceful_shutdown=3,
            timeout_keep_alive=KEEP_ALIVE_S,
            backlog=BACKLOG,
            # Whose address it is `gateway.web.peer` decides.
            proxy_headers=False,
        )
        config.load()
        if self.certificate is not None:
            # A handshake that does not end is the listener's to end: it counts from `accept`.
            config.ssl = self.certificate.context
        self._server = _Server(config)
        self._serving: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self) -> None:
        """Raises `PortTaken`, which names the address and what to change."""
        settings = self._settings
        try:
            listener = listen(settings.host, settings.port, self.places, of=self._of)
        except OSError as error:
            raise PortTaken(
                f"{settings.host}:{settings.port}: {error.strerror}",
                remedy="stop what listens there or set web.port (0 takes a free one)",
            ) from error
        self.port = listener.getsockname()[1]
        _write_port(self._settings.port_file, self.port)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]), name="web")
        while not self._server.started and not self._serving.done():  # noqa: ASYNC110  # uvicorn has no event
            await asyncio.sleep(0.01)
        self._tasks.forever("deadlines", lambda: _keep_deadlines(listener))
        if self.certificate is not None:
            await self.certificate.start()
        _log.info("web listens", host=settings.host, port=self.port, tls=self.certificate is not None)

    async def stop(self) -> None:
        if self._serving is None:
            return
        self._server.should_exit = True
        if self.certificate is not None:
            await self.certificate.stop()
        await self._tasks.stop()
        await asyncio.gather(self._serving, return_exceptions=True)

    def health(self) -> Sequence[Health]:
        return () if self.certificate is None else (self.certificate.health(),)

    def reread(self) -> None:
        """Take a renewed certificate now instead of within seconds."""
        if self.certificate is not None:
            self.certificate.reread()


def _certificate(tls: ServerTls, of: str) -> ServedCertificate:
    # Imported here: a role that serves no TLS loads none of it.
    from gateway.tls.served import ServedCertificate  # noqa: PLC0415

    return ServedCertificate(tls.certificate, tls.key_file("web.tls.key"), of=of)


def _protocol(places: ConnectionSlots) -> Any:
    """The class of its connections: uvicorn makes them itself."""
    return type("WebConnection", (BoundedHttp,), {"places": places})


async def _keep_deadlines(listener: BoundedListener) -> None:
    while True:
        listener.end_late()
        await asyncio.sleep(LOOK_EVERY_S)


def _write_port(file: Path | None, port: int) -> None:
    if file is not None:
        partial = file.with_suffix(".partial")
        partial.write_text(f"{port}\n", encoding="utf-8")
        partial.replace(file)
