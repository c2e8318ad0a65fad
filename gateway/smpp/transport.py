"""One connection to an SMSC: hands bytes up as they come and forgets itself when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class SmppTransport(asyncio.Protocol):
    """Calls `received` for each piece and `lost` once; nothing after `drop`."""

    def __init__(self, *, received: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._received = received
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._dropped = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not self._dropped:
            self._received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self._dropped:
            self._dropped = True
            self._lost()

    def send(self, data: bytes) -> None:
        """Write these bytes; the session's window bounds what is not sent yet."""
        if self._transport is not None and not self._dropped:
            self._transport.write(data)

    def drop(self) -> None:
        """End it without a callback; what was written before still leaves."""
        self._dropped = True
        if self._transport is not None:
            self._transport.close()
