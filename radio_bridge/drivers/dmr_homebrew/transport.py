"""Carries datagrams: one UDP socket, which is opened again when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from radio_bridge.drivers.dmr_homebrew.effects import Address, HomebrewSend

AGAIN_S: Final = 5.0


class UdpSocket:
    """Bound to `(host, port)`, or connected to it. `received` gets each datagram and must not wait."""

    def __init__(
        self, host: str, port: int, *, listens: bool, received: Callable[[bytes, Address], None]
    ) -> None:
        self._host = host
        self._port = port
        self._listens = listens
        self._received = received
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None

    async def open(self) -> bool:
        """Whether it could be; asked again later otherwise."""
        loop = asyncio.get_running_loop()
        where = (self._host, self._port)
        try:
            if self._listens:
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: _HomebrewProtocol(self), local_addr=where
                )
            else:
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: _HomebrewProtocol(self), remote_addr=where
                )
        except OSError:
            return False
        self._transport = transport
        return True

    def send(self, effect: HomebrewSend) -> None:
        """A datagram that cannot be sent is lost, as any may be."""
        if self._transport is not None:
            self._transport.sendto(effect.data, effect.to)

    def close(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def took(self, data: bytes, address: Address) -> None:
        """A datagram came from this address."""
        self._received(data, address)

    def lost(self) -> None:
        """The system has closed the socket."""
        self._transport = None


class _HomebrewProtocol(asyncio.DatagramProtocol):
    def __init__(self, socket: UdpSocket) -> None:
        self._socket = socket

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._socket.took(data, (addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there: the session finds out by its own time."""

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._socket.lost()
