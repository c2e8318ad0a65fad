"""`/metrics`, `/api/health`, `/livez` and `/readyz` of a role without a web of its own, on its own port.

A role works without them: a port that somebody else has is said, and holds nothing up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.errors import SonghuaError
from core.log import logger
from core.room import Health
from gateway.settings import MetricsSettings, RoleName, WebSettings
from gateway.tls.settings import ServerTls
from gateway.web import health, ready
from gateway.web.insiders import InternalReaders
from gateway.web.server import PortTaken, WebServer

_log = logger("gateway")
CONNECTIONS = 32


class MetricsServer:
    """A part of the process, the last one. Without a port in the settings it does nothing."""

    name = "metrics"

    def __init__(
        self,
        settings: MetricsSettings,
        role: RoleName,
        parts: Callable[[], Sequence[Health]],
        tls: ServerTls | None = None,
    ) -> None:
        port = settings.port_of(role)
        self._wrong = ""
        self._server: WebServer | None = None
        if port is not None:
            file = None if settings.port_files is None else settings.port_files / f"{role}.port"
            insiders = InternalReaders(addresses=settings.addresses, token=secret_of(settings.token))
            own = WebSettings(host=settings.host, port=port, port_file=file, tls=tls, plain=True)
            try:
                self._server = WebServer(_app(parts, insiders, role), own, of=self.name, most=CONNECTIONS)
            except SonghuaError as error:
                self._lacks(error)

    @property
    def port(self) -> int:
        """Where it listens; 0 while it does not."""
        return 0 if self._server is None or self._wrong else self._server.port

    async def start(self) -> None:
        if self._server is None:
            return
        try:
            await self._server.start()
        except PortTaken as error:
            self._lacks(error)

    async def stop(self) -> None:
        if self._server is not None and not self._wrong:
            await self._server.stop()

    def health(self) -> Sequence[Health]:
        if self._server is None and not self._wrong:
            return ()
        own = Health(self.name, "degraded", self._wrong) if self._wrong else Health(self.name, "up")
        return (own, *(self._server.health() if self._server is not None else ()))

    def _lacks(self, error: SonghuaError) -> None:
        self._wrong = f"{error.detail}: set [metrics]"
        _log.warning("this role's figures cannot be fetched", why=self._wrong)

    def reread(self) -> None:
        """Read the certificate anew."""
        if self._server is not None:
            self._server.reread()


def secret_of(given: SecretStr | None) -> str:
    """The token in clear; empty without one."""
    return "" if given is None else given.get_secret_value()


def _app(parts: Callable[[], Sequence[Health]], insiders: InternalReaders, role: RoleName) -> Starlette:
    """Four pages need none of FastAPI, whose import would be a fifth of what such a role loads."""

    async def health_page(request: Request) -> Response:
        return health.health(parts, details=await insiders.admits(request))

    async def metrics_page(request: Request) -> Response:
        if not await insiders.admits(request):
            return PlainTextResponse("See metrics.addresses and metrics.token.\n", status_code=401)
        return health.metrics()

    async def live_page(_request: Request) -> Response:
        return ready.live()

    async def ready_page(_request: Request) -> Response:
        return ready.ready(parts(), role)

    pages = {"/api/health": health_page, "/metrics": metrics_page, "/livez": live_page, "/readyz": ready_page}
    return Starlette(routes=[Route(path, page) for path, page in pages.items()])
