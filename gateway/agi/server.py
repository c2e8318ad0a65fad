"""The FastAGI server: a bounded number of dialogues, and no cost for connections that say nothing.

When it is full or gone, the connection closes and the dialplan brings the caller to a person.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable

from core.clock import Clock, SystemClock
from core.listening import Addresses, BoundedListener, ConnectionSlots, listen
from core.listening.descriptors import limit, shares
from core.listening.listener import BACKLOG
from core.log import logger
from core.tasks import Tasks
from gateway.agi import metrics
from gateway.agi.call import AgiCall, AgiNames
from gateway.agi.codec import AgiLimits, Environment
from gateway.agi.connection import AgiConnection
from gateway.agi.errors import AgiError, CallGone
from gateway.agi.session import AgiSession, AgiTiming

Handler = Callable[[AgiCall], Awaitable[None]]

_log = logger("agi")


class FastAgiServer:
    """Answers `AGI(agi://host:port/script)` by running `handler` once for each call.

    At most `sessions` dialogues run; further ones are closed at once. At most `silent` connections may
    wait to say what they want; the oldest of them makes room for a new one. Nobody but this machine and the
    addresses `only` may come.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        host: str = "127.0.0.1",
        port: int = 4573,
        names: AgiNames | None = None,
        sessions: int = 500,
        silent: int = 128,
        timing: AgiTiming | None = None,
        limits: AgiLimits | None = None,
        clock: Clock | None = None,
        only: Addresses | None = None,
    ) -> None:
        self._handler = handler
        self._host = host
        self._port = port
        self._names = names or AgiNames()
        self._silent_most = silent
        # One more than there can be: who is told that it is full comes in first. Who has not said what he
        # wants has a deadline of his own.
        most = min(sessions + silent + 1, shares(limit()).calls)
        self.places = ConnectionSlots(most, first_s=math.inf)
        self._only = only or Addresses()
        self._timing = timing
        self._limits = limits
        self._clock = clock or SystemClock()
        self._tasks = Tasks("agi", limit=sessions)
        self._silent: dict[AgiConnection, None] = {}  # in the order of arrival
        self._talking: set[AgiConnection] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that it listens on, also when 0 was asked for."""
        if self._server is None:
            return self._port
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def serving(self) -> bool:
        return self._server is not None and self._server.is_serving()

    async def start(self) -> None:
        """Listen. Raises `OSError` if the port is taken."""
        self._server = await asyncio.get_running_loop().create_server(
            self._new_connection, sock=self._listener(), backlog=BACKLOG
        )

    async def stop(self) -> None:
        """Listen no more and end every dialogue: their callers go on in the dialplan."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in [*self._silent, *self._talking]:
            connection.finish()
        await self._tasks.stop()

    def _listener(self) -> BoundedListener:
        return listen(self._host, self._port, self.places, of="agi", only=self._only)

    def _new_connection(self) -> AgiConnection:
        return AgiConnection(self, self._new_session, self._clock)

    def _new_session(self) -> AgiSession:
        return AgiSession(clock=self._clock, timing=self._timing, limits=self._limits)

    # --- what connections tell ------------------------------------------------------------------

    def connected(self, connection: AgiConnection) -> None:
        if len(self._silent) >= self._silent_most:
            metrics.REFUSED.labels("silent").inc()
            next(iter(self._silent)).finish()
        self._silent[connection] = None
        metrics.SILENT.set(len(self._silent))

    def opened(self, connection: AgiConnection, environment: Environment) -> None:
        self._leave_silence(connection)
        if connection.peer is not None:
            self.places.served(connection.peer)
        call = AgiCall(environment, self._names, connection.exchange)

        async def dialogue() -> None:
            await self._serve(connection, call)

        self._talking.add(connection)
        if not self._tasks.spawn("dialogue", dialogue):
            metrics.REFUSED.labels("full").inc()
            connection.finish()
        metrics.SESSIONS.set(len(self._talking))

    def ended(self, connection: AgiConnection, error: AgiError) -> None:
        self._leave_silence(connection)
        if connection in self._talking:
            self._talking.discard(connection)
            metrics.ENDED.labels(error.kind).inc()
        metrics.SESSIONS.set(len(self._talking))

    def _leave_silence(self, connection: AgiConnection) -> None:
        self._silent.pop(connection, None)
        metrics.SILENT.set(len(self._silent))

    async def _serve(self, connection: AgiConnection, call: AgiCall) -> None:
        try:
            await self._handler(call)
        except CallGone as gone:
            _log.info("the call left the dialogue", how=gone.kind, uniqueid=call.env.uniqueid)
        finally:
            connection.finish()
