"""Carries one session over TCP and UDP: opens both to the same address, keeps the session's time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from core.clock import Clock
from radio_bridge.drivers.carrier import LinkCarrier
from radio_bridge.drivers.svxreflector.effects import (
    Effect,
    SendTcp,
    SendUdp,
    SvxReflectorClose,
    SvxReflectorConnect,
    SvxReflectorDownReason,
)
from radio_bridge.drivers.svxreflector.session import SvxReflectorSession

OPEN_S: Final = 10.0
UNSENT_MOST: Final = 65_536
"""We say little over TCP: so much that is not taken means that nobody reads."""


class SvxReflectorCarrier(LinkCarrier[Effect]):
    """`told` gets what the session tells, in order, and must not wait. Run `run` for as long as it lives."""

    session: SvxReflectorSession

    def __init__(
        self,
        session: SvxReflectorSession,
        host: str,
        port: int,
        *,
        clock: Clock,
        told: Callable[[Effect], None],
    ) -> None:
        super().__init__(session, clock)
        self._host = host
        self._port = port
        self._told = told
        self._stream: asyncio.Transport | None = None
        self._datagrams: asyncio.DatagramTransport | None = None

    def _do(self, effect: Effect) -> None:
        match effect:
            case SvxReflectorConnect():
                self._connect()
            case SvxReflectorClose():
                self._drop()
            case SendTcp(data):
                self._send(data)
            case SendUdp(data):
                if self._datagrams is not None:
                    self._datagrams.sendto(data)
            case told:
                self._told(told)

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(OPEN_S):
                stream, _ = await loop.create_connection(lambda: _TcpStream(self), self._host, self._port)
                # The reflector takes our datagrams from the address of our connection alone.
                address = stream.get_extra_info("sockname")[0]
                peer = stream.get_extra_info("peername")[:2]
                self._stream = stream
                datagrams, _ = await loop.create_datagram_endpoint(
                    lambda: _Datagrams(self), local_addr=(address, 0), remote_addr=peer
                )
        except (OSError, TimeoutError):
            self._drop()
            self.do(self.session.link_down(SvxReflectorDownReason.UNREACHABLE))
            return
        except asyncio.CancelledError:
            self._drop()
            raise
        if stream.is_closing():
            datagrams.abort()
            self.do(self.session.link_down(SvxReflectorDownReason.CLOSED))
            return
        self._datagrams = datagrams
        self.do(self.session.link_up())

    def _send(self, data: bytes) -> None:
        if self._stream is None:
            return
        self._stream.write(data)
        if self._stream.get_write_buffer_size() > UNSENT_MOST:
            self.do(self.session.link_down(SvxReflectorDownReason.STALLED))

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        datagrams, self._datagrams = self._datagrams, None
        if stream is not None:
            stream.abort()
        if datagrams is not None:
            # What was given to it is sent: on an idle socket that happens at once.
            datagrams.abort()

    def stream_lost(self, stream: asyncio.BaseTransport | None) -> None:
        """The TCP connection is gone; one that was replaced already does not count."""
        if stream is not None and stream is self._stream:
            self._drop()
            self.do(self.session.link_down(SvxReflectorDownReason.CLOSED))

    def stream_data(self, stream: asyncio.BaseTransport | None, data: bytes) -> None:
        """Bytes of the TCP connection that stands now."""
        if stream is self._stream:
            self.do(self.session.tcp(data))

    def datagram(self, endpoint: asyncio.BaseTransport | None, data: bytes) -> None:
        """A datagram of the socket that stands now."""
        if endpoint is self._datagrams:
            self.do(self.session.udp(data))


class _TcpStream(asyncio.Protocol):
    def __init__(self, carrier: SvxReflectorCarrier) -> None:
        self._carrier = carrier
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._carrier.stream_data(self._transport, data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._carrier.stream_lost(self._transport)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, carrier: SvxReflectorCarrier) -> None:
        self._carrier = carrier
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        del addr
        self._carrier.datagram(self._transport, data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there: the session finds out by its own time."""
