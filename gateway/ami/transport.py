"""One TCP connection to the manager port: hands bytes up as they come and forgets itself when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class AmiTransport(asyncio.Protocol):
    """Calls `made` when it is open, `received` for each piece, `lost` once; nothing after `drop`."""

    def __init__(
        self,
        *,
        made: Callable[[AmiTransport], None],
        received: Callable[[bytes], None],
        lost: Callable[[], None],
    ) -> None:
        self._made = made
        self._received = received
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._dropped = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._made(self)

    def data_received(self, data: bytes) -> None:
        if not self._dropped:
            self._received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self._dropped:
            self._dropped = True
            self._lost()

    def send(self, data: bytes) -> None:
        """Write these bytes; what does not fit into the socket now is buffered."""
        if self._transport is not None and not self._dropped:
            self._transport.write(data)

    @property
    def unsent(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def drop(self) -> None:
        """End it now, without a callback."""
        self._dropped = True
        if self._transport is not None:
            self._transport.abort()
