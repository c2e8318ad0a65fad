"""The server's side of one WebSocket: small buffers, and an end for who does not read or does not stop.

uvicorn reads up to 256 KiB at once and parses every frame of it before anything else happens, and waits for
ever for a client that takes nothing; the kernel keeps megabytes beside that. Everybody else would feel both.
"""

from __future__ import annotations

import asyncio
import socket

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

RECEIVE_BUFFER = 16 * 1024
"""Bytes, as asked of the kernel: a client only ever sends a few words."""
SEND_BUFFER = 256 * 1024
"""Bytes: what is stale when a slow client reads it at last; a snapshot of a busy hour fits."""
AFTER_CLOSE = 64 * 1024
"""Bytes that a client may still send when it was told to close."""
CLOSE_S = 5.0


class SparingWebSocket(WebSocketsSansIOProtocol):
    _after_close = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        link = transport.get_extra_info("socket")
        if link is not None:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self.close_sent:
            self._after_close += len(data)
            if self._after_close > AFTER_CLOSE:
                self._cut()
                return
        super().data_received(data)

    async def run_asgi(self) -> None:
        """Serve it; whoever has not taken the last words `CLOSE_S` after that is cut off."""
        try:
            await super().run_asgi()
        finally:
            self.loop.call_later(CLOSE_S, self._cut)

    def _cut(self) -> None:
        self.transport.abort()
