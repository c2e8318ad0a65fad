"""One FastAGI connection: carries the session's bytes; an idle one costs a socket and a timer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from core.clock import Clock
from core.listening.listener import peer_of
from core.listening.places import Peer
from gateway.agi import metrics
from gateway.agi.codec import AgiReply, Environment
from gateway.agi.errors import AgiError
from gateway.agi.session import AgiAnswered, AgiClose, AgiEnded, AgiOpened, AgiSession, Effect
from gateway.wakeup import Wakeup


class AgiConnectionListener(Protocol):
    """What the connection tells the server."""

    def connected(self, connection: AgiConnection) -> None:
        """A peer has connected and has sent nothing yet."""
        ...

    def opened(self, connection: AgiConnection, environment: Environment) -> None:
        """The environment is complete: a dialogue may begin."""
        ...

    def ended(self, connection: AgiConnection, error: AgiError) -> None:
        """The connection is closed; `error` says why, also after a hang-up."""
        ...


class AgiConnection(asyncio.Protocol):
    def __init__(
        self, listener: AgiConnectionListener, session: Callable[[], AgiSession], clock: Clock
    ) -> None:
        self._listener = listener
        self._session = session()
        self._clock = clock
        self.peer: Peer | None = None
        self._transport: asyncio.Transport | None = None
        self._wakeup = Wakeup(self._clock, lambda: self._do(self._session.tick()))
        self._answer: asyncio.Future[AgiReply] | None = None

    # --- asyncio --------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        name = transport.get_extra_info("peername")
        self.peer = None if name is None else peer_of(name)
        self._wakeup.set(self._session.wakeup())
        self._listener.connected(self)

    def data_received(self, data: bytes) -> None:
        self._do(self._session.receive(data))

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._do(self._session.lost())

    # --- server and handler ---------------------------------------------------------------------

    async def exchange(self, line: bytes, deadline: float | None) -> AgiReply:
        """Write one command and wait for its answer. Raises `Busy` or `CallGone`."""
        self._session.send(deadline)
        answer: asyncio.Future[AgiReply] = asyncio.get_running_loop().create_future()
        self._answer = answer
        assert self._transport is not None
        self._transport.write(line)
        self._wakeup.set(self._session.wakeup())
        started = self._clock.monotonic()
        got = await answer
        metrics.COMMAND_SECONDS.observe(self._clock.monotonic() - started)
        return got

    def finish(self) -> None:
        """Close it: the handler is done, or there is no room."""
        self._do(self._session.finish())

    # --- effects --------------------------------------------------------------------------------

    def _do(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case AgiOpened(environment):
                    self._listener.opened(self, environment)
                case AgiAnswered(answer):
                    self._settle(answer)
                case AgiEnded(error):
                    self._count_lines()
                    self._settle(error)
                    self._listener.ended(self, error)
                case AgiClose():
                    self._close()
        self._wakeup.set(self._session.wakeup())

    def _close(self) -> None:
        if self._transport is None:
            return
        if self._transport.get_write_buffer_size():
            self._transport.abort()  # a peer that does not read must not keep the socket
        else:
            self._transport.close()

    def _settle(self, result: AgiReply | AgiError) -> None:
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        if isinstance(result, AgiReply):
            answer.set_result(result)
        else:
            answer.set_exception(result)

    def _count_lines(self) -> None:
        metrics.LINES.labels("malformed").inc(self._session.malformed)
        metrics.LINES.labels("stray").inc(self._session.stray)
        metrics.LINES.labels("late").inc(self._session.late)
