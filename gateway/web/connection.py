"""The server's side of one HTTP connection: deadlines for head, body and answer, told to the listener.

uvicorn waits without a limit for a head and for a body, and for a client that does not read its answer.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

import h11
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from core.listening import ConnectionSlots
from core.listening.listener import peer_of
from core.listening.places import Peer
from core.metrics import counter

HEAD_S: Final = 10.0
"""So soon the whole head of a request is there, counted from the connection, or from its first byte."""
BODY_S: Final = 20.0
"""So soon a body is there, and a second later for each `SLOWEST` bytes that came."""
SLOWEST: Final = 1_000
KEEP_ALIVE_S: Final = 5
UNREAD_S: Final = 30.0
"""Who takes no piece of his answer for so long is cut off."""
PIECE: Final = 64 * 1024
_cut = counter("web_answers_unread", "Connections cut because the client took nothing of its answer")


def in_pieces(app: ASGIApp) -> ASGIApp:
    """A large body goes out in pieces, each when the one before is taken: who takes it slowly is served until
    he has all of it.
    """

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_pieces(message: Message) -> None:
            body = message.get("body", b"")
            if message["type"] != "http.response.body" or len(body) <= PIECE:
                await send(message)
                return
            for at in range(0, len(body), PIECE):
                more = at + PIECE < len(body) or message.get("more_body", False)
                await send({**message, "body": body[at : at + PIECE], "more_body": more})

        await app(scope, receive, send_pieces if scope["type"] == "http" else send)

    return serve


class BoundedHttp(H11Protocol):
    """A subclass sets `places`: those of the listener that its connections come from."""

    places: ClassVar[ConnectionSlots]
    _peer: Peer | None = None
    _began: float | None = None
    _body_began: float | None = None
    _taken = 0
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        name = transport.get_extra_info("peername")
        self._peer = None if name is None else peer_of(name)
        super().connection_made(transport)
        # The listener counts from the moment of `accept`; after a TLS handshake a request has its own time.
        self._waits(self.loop.time() + HEAD_S)

    def data_received(self, data: bytes) -> None:
        if self._began is None:
            self._began = self.loop.time()
        self._taken += len(data)
        super().data_received(data)
        self._judge()

    def on_response_complete(self) -> None:
        """A request was answered: its address is served, and the connection may wait for the next one."""
        self._began, self._body_began, self._taken = None, None, 0
        # The last pieces of the answer may still be on their way; uvicorn closes who says nothing more.
        self._waits(self.loop.time() + KEEP_ALIVE_S + HEAD_S + UNREAD_S)
        super().on_response_complete()
        # A pipelined request may be there already.
        self._judge()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection to the WebSocket protocol; it keeps its place."""
        if self._peer is not None:
            self.places.served(self._peer)
        self._peer = None
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(UNREAD_S, self._cut)

    def resume_writing(self) -> None:
        self._read()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._read()
        super().connection_lost(exc)

    def _judge(self) -> None:
        """Which deadline counts now."""
        theirs: Any = self.conn.their_state
        if self._peer is None:
            return
        if theirs in {h11.DONE, h11.MUST_CLOSE}:
            if self.cycle is not None and not self.cycle.response_complete:
                self.places.served(self._peer)
        elif theirs is h11.SEND_BODY:
            if self._body_began is None:
                self._body_began = self.loop.time()
            self._waits(self._body_began + BODY_S + self._taken / SLOWEST)
        elif self._began is not None:
            self._waits(self._began + HEAD_S)

    def _waits(self, until: float) -> None:
        if self._peer is not None:
            self.places.waits(self._peer, until)

    def _read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _cut(self) -> None:
        _cut.inc()
        self.transport.abort()
